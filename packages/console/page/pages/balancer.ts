import { h, replace } from '../dom.ts';
import { every } from '../every.ts';
import { bytes, milliseconds, perSecond, whole } from '../format.ts';
import { historyLength, readHistories, type BackendSeries } from '../history.ts';
import type { PageContext, PageView } from '../page-context.ts';
import { card, segments } from '../parts/card.ts';
import { badge, backendState } from '../parts/status.ts';
import { Spark } from '../parts/spark.ts';
import {
  nodeCell,
  openCell,
  textCell,
  VirtualTable,
  type CellView,
  type Column,
} from '../parts/virtual-table.ts';
import type { BackendRow } from '../rows.ts';
import { t } from '../words.ts';
import { showBackend } from './backend-drawer.ts';
import { balancerCards } from './balancer-cards.ts';
import { decisionsCard } from './decisions.ts';

const historyEveryMs = 5_000;

/** The load balancers: what they do, where to, and why. */
export function balancerPage(context: PageContext): PageView {
  const { store } = context;
  const histories = new Map<string, BackendSeries>();
  const cards = balancerCards(context);
  const why = decisionsCard(context);
  let isTroubledOnly = false;

  const table = new VirtualTable<BackendRow>({
    label: t('balancer.backends'),
    columns: columns(
      (key) => histories.get(key),
      (key) => showBackend(context, key),
    ),
    rowHeight: 40,
    minWidth: 1_060,
    empty: t('balancer.empty'),
  });
  const filter = h('input', {
    type: 'search',
    placeholder: t('balancer.filter'),
    'aria-label': t('balancer.filter'),
    oninput: () => showRows(),
  });
  const count = h('span', { class: 'badge plain' });

  const showRows = (): void => {
    const wanted = filter.value.trim().toLowerCase();
    const rows = [...store.table('backends')].filter(
      ([, row]) =>
        (wanted === '' || row.id.toLowerCase().includes(wanted) || row.address.includes(wanted)) &&
        (!isTroubledOnly || !row.eligible || row.health !== 'up'),
    );
    replace(count, whole(rows.length));
    table.setRows(rows);
  };

  const showHistory = async (): Promise<void> => {
    const wanted = Map.groupBy(
      table.visible.flatMap((key) => store.table('backends').get(key) ?? []),
      ({ balancer, listener }) => `${balancer}/${listener}`,
    );
    await Promise.all(
      [...wanted.values()].map(async (rows) => {
        const [first] = rows;
        if (first === undefined) return;
        const { balancer, listener } = first;
        const { backends } = await readHistories(
          balancer,
          listener,
          rows.map(({ id }) => id),
        );
        for (const [id, series] of backends) histories.set(`${balancer}/${listener}/${id}`, series);
      }),
    );
    table.refresh();
  };

  let isFirst = true;
  const stop = every(historyEveryMs, showHistory);
  return {
    element: h(
      'div',
      { class: 'stack' },
      cards.element,
      card(
        t('balancer.backends'),
        [count],
        h(
          'div',
          { class: 'filters' },
          filter,
          segments(
            t('column.state'),
            [
              { value: 'all', text: t('balancer.all') },
              { value: 'troubled', text: t('balancer.troubled') },
            ],
            'all',
            (value) => {
              isTroubledOnly = value === 'troubled';
              showRows();
            },
          ),
        ),
        table.element,
      ),
      why.element,
    ),
    update(changed) {
      cards.update(changed);
      why.update(changed);
      if (changed.has('backends')) showRows();
      if (!isFirst || store.table('backends').size === 0) return;
      isFirst = false;
      void showHistory().catch(() => undefined);
    },
    close: stop,
  };
}

function columns(
  historyOf: (key: string) => BackendSeries | undefined,
  open: (key: string) => void,
): readonly Column<BackendRow>[] {
  const spark =
    (series: 's1' | 's2', read: (history: BackendSeries) => BackendSeries['rate']) =>
    (): CellView<BackendRow> => {
      const plot = new Spark(series);
      const element = h('div', { role: 'cell', class: 'spark-cell' }, plot.element);
      return { element, update: (_row, key) => plot.draw(read(historyOf(key) ?? none), historyLength) };
    };
  return [
    {
      id: 'id',
      title: t('column.backend'),
      width: 'minmax(140px, 1.4fr)',
      sortBy: ({ id }) => id,
      cell: openCell(({ id }) => id, open),
    },
    {
      id: 'state',
      title: t('column.state'),
      width: '110px',
      sortBy: backendState,
      cell: nodeCell(backendState, (row) => badge(backendState(row))),
    },
    {
      id: 'active',
      title: t('column.connections'),
      width: '96px',
      isNumber: true,
      sortBy: ({ active }) => active,
      cell: textCell(({ active }) => whole(active), 'end'),
    },
    {
      id: 'rate',
      title: t('column.rate'),
      width: '84px',
      isNumber: true,
      sortBy: ({ rate }) => rate,
      cell: textCell(({ rate }) => perSecond(rate), 'end'),
    },
    {
      id: 'rates',
      title: t('column.rateHistory'),
      width: 'minmax(110px, 1fr)',
      cell: spark('s1', ({ rate }) => rate),
    },
    {
      id: 'p50',
      title: t('column.p50'),
      width: '76px',
      isNumber: true,
      sortBy: ({ p50 }) => p50 ?? -1,
      cell: textCell(({ p50 }) => milliseconds(p50), 'end'),
    },
    {
      id: 'p99',
      title: t('column.p99'),
      width: '76px',
      isNumber: true,
      sortBy: ({ p99 }) => p99 ?? -1,
      cell: textCell(({ p99 }) => milliseconds(p99), 'end'),
    },
    {
      id: 'p99s',
      title: t('column.p99History'),
      width: 'minmax(110px, 1fr)',
      cell: spark('s2', ({ p99 }) => p99),
    },
    {
      id: 'traffic',
      title: t('column.traffic'),
      width: '92px',
      isNumber: true,
      sortBy: ({ inRate, outRate }) => inRate + outRate,
      cell: textCell(({ inRate, outRate }) => `${bytes(inRate + outRate)}/s`, 'end'),
    },
    {
      id: 'weight',
      title: t('column.weight'),
      width: '70px',
      isNumber: true,
      sortBy: ({ weight }) => weight,
      cell: textCell(({ weight }) => whole(weight), 'end'),
    },
  ];
}

const none: BackendSeries = { active: [], rate: [], bytes: [], p50: [], p99: [] };
