import { h, s, setAttribute, setText } from '../dom.ts';
import { t } from '../words.ts';
import { areaPath, linePath, topOf, type Series } from './spark.ts';

export interface ChartLine {
  readonly title: string;
  readonly series: 's1' | 's2';
  readonly isArea?: boolean;
}

export interface ChartOptions {
  readonly title: string;
  readonly lines: readonly ChartLine[];
  readonly format: (value: number | null) => string;
  readonly height?: number;
  /** How long all places together take, ms. */
  readonly spanMs: number;
}

const widthAtFirst = 600;
/** Room below for the times. */
const foot = 16;

/** Round numbers for the top of a scale. */
function niceTop(value: number): number {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const steps = [1, 2, 2.5, 5, 10].map((step) => step * power);
  return steps.find((step) => step >= value) ?? value;
}

/** A plot with its scale; the pointer shows the values of any moment. */
export class Chart {
  readonly element: HTMLElement;
  readonly #options: ChartOptions;
  readonly #height: number;
  readonly #svg: SVGSVGElement;
  readonly #paths: { readonly line: SVGPathElement; readonly area: SVGPathElement | null }[];
  readonly #scale: SVGTextElement[];
  readonly #values: HTMLElement[];
  readonly #when: HTMLElement;
  readonly #cursor: SVGLineElement;
  readonly #rules: SVGLineElement[];
  readonly #now: SVGTextElement;
  #width = 0;
  #data: readonly Series[] = [];
  #count = 1;
  #at: number | null = null;

  constructor(options: ChartOptions) {
    const { title, lines, height = 130 } = options;
    this.#options = options;
    this.#height = height;
    this.#paths = lines.map(({ series, isArea }) => ({
      line: s('path', { class: series }),
      area: isArea === true ? s('path', { class: `area ${series}` }) : null,
    }));
    this.#scale = [0, 0.5].map((share) => s('text', { x: 2, y: share * height + 12 }));
    this.#cursor = s('line', { y1: 0, y2: height, visibility: 'hidden' });
    this.#values = lines.map(() => h('b', {}));
    this.#when = h('span', {});
    const minutes = Math.round(options.spanMs / 60_000);
    this.#rules = [0, 0.5, 1].map((share) => s('line', { x1: 0, y1: share * height, y2: share * height }));
    this.#now = s('text', { y: height + 13, 'text-anchor': 'end' }, t('chart.now'));
    this.#svg = s(
      'svg',
      { height: height + foot, role: 'img', 'aria-label': title },
      ...this.#rules,
      ...this.#paths.flatMap(({ line, area }) => (area === null ? [line] : [area, line])),
      this.#cursor,
      ...this.#scale,
      s('text', { x: 2, y: height + 13 }, t('chart.minutesAgo', { n: minutes })),
      this.#now,
    );
    const keys = lines.map(({ title: name, series }, index) =>
      h('span', { class: 'key' }, h('i', { class: series }), name, this.#values[index]),
    );
    this.element = h('figure', { class: 'chart' }, h('figcaption', {}, ...keys, this.#when), this.#svg);
    this.#svg.addEventListener('pointermove', (event) => this.#look(event));
    this.#svg.addEventListener('pointerleave', () => this.#lookAt(null));
  }

  /** @param count places in all; the last value is now */
  draw(data: readonly Series[], count: number): void {
    this.#data = data;
    this.#count = count;
    this.#fit();
    const width = this.#width;
    const top = niceTop(topOf(...data));
    for (const [index, values] of data.entries()) {
      const paths = this.#paths[index];
      if (paths === undefined) continue;
      setAttribute(paths.line, 'd', linePath(values, count, width, this.#height, top));
      if (paths.area !== null)
        setAttribute(paths.area, 'd', areaPath(values, count, width, this.#height, top));
    }
    for (const [index, text] of this.#scale.entries())
      setText(text, this.#options.format(top * (1 - index * 0.5)));
    this.#showValues();
  }

  /** One unit of the drawing is one pixel, so that texts keep their shape. */
  #fit(): void {
    const width = this.#svg.clientWidth || widthAtFirst;
    if (width === this.#width) return;
    this.#width = width;
    setAttribute(this.#svg, 'viewBox', `0 0 ${width} ${this.#height + foot}`);
    for (const rule of this.#rules) setAttribute(rule, 'x2', width);
    setAttribute(this.#now, 'x', width - 2);
  }

  #look(event: PointerEvent): void {
    const box = this.#svg.getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
    this.#lookAt(Math.round(share * (this.#count - 1)));
  }

  #lookAt(place: number | null): void {
    this.#at = place;
    setAttribute(this.#cursor, 'visibility', place === null ? 'hidden' : 'visible');
    const x = place === null ? 0 : (place / Math.max(1, this.#count - 1)) * this.#width;
    setAttribute(this.#cursor, 'x1', x);
    setAttribute(this.#cursor, 'x2', x);
    this.#showValues();
  }

  #showValues(): void {
    const { format, spanMs } = this.#options;
    const back = this.#at === null ? 0 : this.#count - 1 - this.#at;
    for (const [index, values] of this.#data.entries()) {
      const element = this.#values[index];
      if (element !== undefined) setText(element, format(values.at(-1 - back) ?? null));
    }
    const seconds = Math.round((back * spanMs) / this.#count / 1_000);
    setText(this.#when, this.#at === null ? '' : t('time.seconds', { n: seconds }));
  }
}
