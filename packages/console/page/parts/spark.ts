import { s, setAttribute } from '../dom.ts';

/** A value at each moment; null where there was none. */
export type Series = readonly (number | null)[];

/** The path of a line over `count` places, the last value at the right end, broken where there is no value. */
export function linePath(values: Series, count: number, width: number, height: number, top: number): string {
  const step = width / Math.max(1, count - 1);
  const offset = count - values.length;
  let path = '';
  let isDown = false;
  for (const [index, value] of values.entries()) {
    if (value === null) {
      isDown = false;
      continue;
    }
    const x = (offset + index) * step;
    const y = height - (top === 0 ? 0 : Math.min(1, value / top) * height);
    path += `${isDown ? 'L' : 'M'}${x.toFixed(1)} ${y.toFixed(1)}`;
    isDown = true;
  }
  return path;
}

/** The same line, closed to the ground. */
export function areaPath(values: Series, count: number, width: number, height: number, top: number): string {
  const filled = values.map((value) => value ?? 0);
  const line = linePath(filled, count, width, height, top);
  if (line === '') return '';
  const start = ((count - values.length) * width) / Math.max(1, count - 1);
  return `${line}L${width} ${height}L${start.toFixed(1)} ${height}Z`;
}

/** The highest of all values, never 0, so that a quiet line lies on the ground. */
export function topOf(...all: readonly Series[]): number {
  let top = 0;
  for (const values of all) for (const value of values) if (value !== null && value > top) top = value;
  return top;
}

const width = 120;
const height = 24;

/** A plot as small as a word. */
export class Spark {
  readonly element: SVGSVGElement;
  readonly #line: SVGPathElement;
  readonly #area: SVGPathElement;

  constructor(series: 's1' | 's2') {
    this.#line = s('path', { class: series });
    this.#area = s('path', { class: `area ${series}` });
    this.element = s(
      'svg',
      {
        class: 'spark',
        viewBox: `0 -1 ${width} ${height + 2}`,
        preserveAspectRatio: 'none',
        'aria-hidden': 'true',
      },
      this.#area,
      this.#line,
    );
  }

  draw(values: Series, count: number): void {
    const top = topOf(values);
    setAttribute(this.#line, 'd', linePath(values, count, width, height, top));
    setAttribute(this.#area, 'd', areaPath(values, count, width, height, top));
  }
}
