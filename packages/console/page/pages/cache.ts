import { act } from '../api.ts';
import { h, replace } from '../dom.ts';
import { bytes, percent, perSecond, whole } from '../format.ts';
import type { PageContext, PageView } from '../page-context.ts';
import { card, cardBody, facts, field } from '../parts/card.ts';
import { confirmAndDo } from '../parts/dialog.ts';
import { badge } from '../parts/status.ts';
import type { CacheRow } from '../rows.ts';
import { t } from '../words.ts';
import { boardCard, chatCard } from './cache-contents.ts';

/** The caches: how they do, what is asked of them most, what is in them. */
export function cachePage({ store, mayChange }: PageContext): PageView {
  const caches = h('div', { class: 'columns' });
  const board = boardCard();
  const chat = chatCard();
  return {
    element: h(
      'div',
      { class: 'stack' },
      caches,
      h(
        'div',
        { class: 'columns' },
        h('div', { class: 'narrow' }, board),
        h('div', { class: 'narrow' }, chat.element),
        mayChange && h('div', { class: 'narrow' }, invalidationCard()),
      ),
    ),
    update(changed) {
      if (!changed.has('caches')) return;
      const rows = [...store.table('caches')];
      replace(
        caches,
        ...(rows.length === 0
          ? [h('p', { class: 'empty card full' }, t('cache.none'))]
          : rows.map(([id, row]) => cacheCard(id, row))),
      );
    },
    close: chat.close,
  };
}

function cacheCard(id: string, row: CacheRow): HTMLElement {
  const hits = t('cache.hitNote', { hits: perSecond(row.hitRate), misses: perSecond(row.missRate) });
  const element = card(
    id,
    [badge(row.isReachable ? (row.connected === false ? 'down' : 'up') : 'unreachable')],
    cardBody(
      h(
        'div',
        { class: 'columns' },
        h(
          'div',
          { class: 'half stack' },
          facts(
            [t('cache.engine'), row.engine ?? '–'],
            [t('cache.hitRate'), `${percent(row.hitShare)} · ${hits}`],
            [t('cache.operations'), perSecond(row.rate)],
            [t('cache.memory'), `${bytes(row.memory)} · ${t('cache.entries', { n: whole(row.entries) })}`],
            [t('cache.evictions'), whole(row.evictions)],
          ),
          h('h3', {}, t('cache.shards')),
          facts(...(row.shards ?? []).map((shard) => shardFact(shard))),
        ),
        h('div', { class: 'half stack' }, h('h3', {}, t('cache.hotKeys')), hotKeys(row.hotKeys ?? [])),
      ),
    ),
  );
  element.classList.add('full');
  return element;
}

function shardFact(text: string): readonly [string, HTMLElement] {
  const [name = '', ...state] = text.split(' ');
  const why = state.join(' ');
  return [name, why === 'ok' ? badge('up') : h('span', {}, badge('down'), ` ${why}`)];
}

function hotKeys(lines: readonly string[]): HTMLElement {
  if (lines.length === 0) return h('p', { class: 'empty' }, t('cache.hotEmpty'));
  const counted = lines.map((line) => {
    const space = line.indexOf(' ');
    return { count: Number(line.slice(0, space)), key: line.slice(space + 1) };
  });
  const top = Math.max(1, ...counted.map(({ count }) => count));
  return h(
    'div',
    { class: 'hot' },
    ...counted.flatMap(({ key, count }) => {
      const fill = h('i', {});
      fill.style.width = `${(count / top) * 100}%`;
      return [h('code', {}, key), h('div', { class: 'bar' }, fill), h('span', {}, whole(count))];
    }),
  );
}

interface Dropped {
  readonly deleted: number;
}

function invalidationCard(): HTMLElement {
  const pattern = h('input', {
    required: true,
    pattern: 'player:[A-Za-z0-9_.:\\{\\}*?\\-]+',
    value: 'player:',
    name: 'pattern',
  });
  const result = h('div', { 'aria-live': 'polite' });
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    let dropped: Dropped | null = null;
    const isDone = await confirmAndDo(
      {
        title: t('cache.invalidateTitle', { pattern: pattern.value }),
        text: t('cache.invalidateText'),
        action: t('cache.invalidate'),
      },
      async () => {
        dropped = await act<Dropped>('cache.invalidate', { pattern: pattern.value });
      },
    );
    if (!isDone) return;
    const { deleted } = dropped ?? { deleted: 0 };
    replace(result, h('div', { class: 'notice good' }, t('cache.dropped', { n: whole(deleted) })));
  };
  return card(
    t('cache.invalidate'),
    [],
    cardBody(
      h(
        'form',
        { class: 'stack', onsubmit: (event) => void submit(event) },
        field(t('cache.pattern'), pattern, t('cache.patternHint')),
        h('div', { class: 'row' }, h('button', {}, t('cache.invalidate'))),
        result,
      ),
    ),
  );
}
