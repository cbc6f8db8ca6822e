import { read } from '../api.ts';
import { h, replace } from '../dom.ts';
import { timeOfDay } from '../format.ts';
import type { PageContext } from '../page-context.ts';
import { card, cardBody, field } from '../parts/card.ts';
import { toast } from '../parts/toast.ts';
import type { TableName } from '../../src/live/tables.ts';
import { t, word } from '../words.ts';

interface Decision {
  readonly at: string;
  readonly source: string;
  readonly strategy: string;
  readonly backend: string | null;
  readonly failedBefore: number;
  readonly backends: readonly {
    readonly id: string;
    readonly standing: string;
    readonly reason: string | null;
    readonly score: number | null;
  }[];
}

/** Backends shown of one decision. */
const maxScores = 40;

/** Which backend a connection was given to, and how the others were weighed then. */
export function decisionsCard({ store }: PageContext) {
  const place = h('select', { 'aria-label': t('balancer.listener') });
  const source = h('input', { placeholder: '203.0.113.7', inputmode: 'decimal' });
  const list = h('ol', { class: 'decisions' });
  const ask = async (event: Event): Promise<void> => {
    event.preventDefault();
    const row = store.table('balancers').get(place.value);
    if (row === undefined) return;
    const query = new URLSearchParams({ listener: row.listener, limit: '30' });
    if (source.value.trim() !== '') query.set('source', source.value.trim());
    try {
      const { items } = await read<{ items: readonly Decision[] }>(
        'lb-proxy',
        row.balancer,
        `v1/decisions?${query}`,
      );
      if (items.length === 0) replace(list, h('li', { class: 'empty' }, t('balancer.whyEmpty')));
      else replace(list, ...items.map(decisionItem));
    } catch (error) {
      toast((error as Error).message, true);
    }
  };
  const form = h(
    'form',
    { class: 'fields', onsubmit: (event) => void ask(event) },
    field(t('balancer.listener'), place),
    field(t('balancer.whySource'), source),
    h('button', { class: 'primary' }, t('action.show')),
  );
  form.style.alignItems = 'end';
  let shown = '';
  return {
    element: card(t('balancer.why'), [], cardBody(h('div', { class: 'stack' }, form, list))),
    update(changed: ReadonlySet<TableName>): void {
      const keys = [...store.table('balancers').keys()];
      if (!changed.has('balancers') || keys.join() === shown) return;
      shown = keys.join();
      replace(place, ...keys.map((key) => h('option', { value: key }, key)));
    },
  };
}

function decisionItem({ at, source, strategy, backend, failedBefore, backends }: Decision): HTMLElement {
  const scores = backends.slice(0, maxScores);
  const top = Math.max(
    0,
    ...scores.map(({ score }) => (score !== null && Number.isFinite(score) ? score : 0)),
  );
  return h(
    'li',
    {},
    h(
      'details',
      {},
      h(
        'summary',
        {},
        h('time', { datetime: at }, timeOfDay(at)),
        h('code', {}, source),
        h('b', {}, backend ?? t('balancer.noBackend')),
        h('span', {}, strategy, failedBefore > 0 && ` · ${t('balancer.failedBefore', { n: failedBefore })}`),
      ),
      h(
        'div',
        { class: 'scores' },
        ...scores.flatMap(({ id, standing, reason, score }) => {
          const isChosen = id === backend;
          const fill = h('i', {});
          fill.style.width = `${top === 0 || score === null ? 0 : Math.max(2, (score / top) * 100)}%`;
          return [
            h(isChosen ? 'b' : 'span', {}, id),
            h('div', { class: isChosen ? 'bar chosen' : 'bar' }, fill),
            h(
              'span',
              {},
              [
                isChosen ? t('balancer.chosen') : word('standing', standing),
                reason ?? '',
                score === null ? '' : String(Math.round(score * 1_000) / 1_000),
              ]
                .filter((part) => part !== '')
                .join(' · '),
            ),
          ];
        }),
      ),
    ),
  );
}
