import { h, setText } from '../dom.ts';
import { ago, dateTime } from '../format.ts';
import type { EventRow } from '../rows.ts';
import type { Store } from '../store.ts';
import { t, word } from '../words.ts';
import { glyph, type GlyphName } from './glyph.ts';
import type { Tone } from './status.ts';

const looks: Readonly<Record<string, readonly [Tone, GlyphName]>> = {
  started: ['info', 'arrow'],
  stopped: ['', 'leave'],
  joined: ['info', 'arrow'],
  ready: ['good', 'check'],
  suspected: ['warn', 'alert'],
  recovered: ['good', 'check'],
  dead: ['bad', 'cross'],
  left: ['', 'leave'],
  elected: ['info', 'crown'],
  leaderless: ['warn', 'alert'],
  up: ['good', 'check'],
  down: ['bad', 'cross'],
  ejected: ['warn', 'alert'],
  drained: ['warn', 'leave'],
  deployed: ['info', 'swap'],
  returned: ['good', 'swap'],
  enabled: ['good', 'check'],
  disabled: ['warn', 'leave'],
  strategy: ['info', 'swap'],
  'voter-added': ['info', 'arrow'],
  'voter-promoted': ['good', 'check'],
  'voter-removed': ['', 'leave'],
  'voter-moved': ['info', 'swap'],
  'voter-disk-replaced': ['warn', 'alert'],
};

const shown = 80;

/** What happened lately, the newest first. */
export class Timeline {
  readonly element: HTMLElement;
  readonly #store: Store;
  readonly #empty: HTMLElement;
  readonly #items = new Map<string, { readonly element: HTMLElement; readonly time: HTMLElement }>();

  constructor(store: Store) {
    this.#store = store;
    this.#empty = h('li', {}, t('timeline.empty'));
    this.element = h(
      'ol',
      { class: 'timeline', tabindex: 0, 'aria-label': t('timeline.title') },
      this.#empty,
    );
  }

  update(): void {
    const events = [...this.#store.table('events')]
      .toSorted(([, a], [, b]) => (a.at < b.at ? 1 : -1))
      .slice(0, shown);
    const keys = new Set(events.map(([key]) => key));
    for (const [key, { element }] of this.#items) {
      if (keys.has(key)) continue;
      element.remove();
      this.#items.delete(key);
    }
    this.#empty.hidden = events.length > 0;
    const nowMs = Date.now();
    let previous: Element | null = null;
    for (const [key, event] of events) {
      const item = this.#items.get(key) ?? this.#add(key, event);
      setText(item.time, ago(event.at, nowMs));
      const after: Element | null =
        previous === null ? this.element.firstElementChild : previous.nextElementSibling;
      if (after !== item.element) {
        if (previous === null) this.element.prepend(item.element);
        else previous.after(item.element);
      }
      previous = item.element;
    }
  }

  #add(key: string, { at, kind, subject, scope, detail }: EventRow) {
    const [tone, picture] = looks[kind] ?? ['', 'alert'];
    const time = h('time', { datetime: at, title: dateTime(at) });
    const small = detailOf(kind, scope, detail);
    const element = h(
      'li',
      { class: tone },
      h('span', { class: 'dot' }, glyph(picture)),
      h('span', {}, h('b', {}, subject), ' ', word('event', kind), small !== '' && h('small', {}, small)),
      time,
    );
    const item = { element, time };
    this.#items.set(key, item);
    return item;
  }
}

function detailOf(kind: string, scope: string, detail: string): string {
  if (kind === 'elected' || kind === 'leaderless') return t('overview.term', { n: detail });
  return [word('scope', scope), detail].filter((part) => part !== '').join(' · ');
}
