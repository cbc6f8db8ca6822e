import { act } from '../api.ts';
import { h, replace, setText } from '../dom.ts';
import { bytes, milliseconds, perSecond, whole } from '../format.ts';
import type { PageContext, PageView } from '../page-context.ts';
import { card, cardBody, facts } from '../parts/card.ts';
import { confirmAndDo } from '../parts/dialog.ts';
import { glyph } from '../parts/glyph.ts';
import { badge } from '../parts/status.ts';
import { nodeCell, openCell, textCell, VirtualTable, type Column } from '../parts/virtual-table.ts';
import type { ClusterRow, CoordinatorRow, ServiceRow } from '../rows.ts';
import { t, word } from '../words.ts';
import { showService } from './service-drawer.ts';

/** Who is there, who leads, and who votes. */
export function clusterPage(context: PageContext): PageView {
  const { store, mayChange } = context;
  const coordinators = h('div', { class: 'coordinators' });
  const leadership = h('div', {});
  const stepDown = h(
    'button',
    {
      onclick: () =>
        void confirmAndDo(
          {
            title: t('cluster.stepDownTitle', { name: store.cluster?.leaderId ?? '' }),
            text: t('cluster.stepDownText'),
            action: t('cluster.stepDown'),
          },
          () => act('cluster.step-down', {}),
        ),
    },
    glyph('crown'),
    t('cluster.stepDown'),
  );
  const table = new VirtualTable<ServiceRow>({
    label: t('cluster.services'),
    columns: columns((key) => showService(context, key)),
    rowHeight: 38,
    minWidth: 980,
    empty: t('cluster.empty'),
  });
  const filter = h('input', {
    type: 'search',
    placeholder: t('cluster.filter'),
    'aria-label': t('cluster.filter'),
    oninput: () => showServices(),
  });
  const count = h('span', { class: 'badge plain' });

  const showServices = (): void => {
    const wanted = filter.value.trim().toLowerCase();
    const rows = [...store.table('services')].filter(([, row]) =>
      `${row.id} ${row.service} ${row.host}:${row.port}`.toLowerCase().includes(wanted),
    );
    setText(count, whole(rows.length));
    table.setRows(rows.toSorted(([a], [b]) => (a < b ? -1 : 1)));
  };

  return {
    element: h(
      'div',
      { class: 'stack' },
      h(
        'div',
        { class: 'columns' },
        h('div', { class: 'wide' }, card(t('cluster.coordinators'), [], cardBody(coordinators))),
        h(
          'div',
          { class: 'narrow' },
          card(t('overview.leader'), [mayChange && stepDown], cardBody(leadership)),
        ),
      ),
      card(t('cluster.services'), [count], h('div', { class: 'filters' }, filter), table.element),
    ),
    update(changed) {
      const { cluster } = store;
      if (cluster !== undefined && (changed.has('cluster') || changed.has('coordinators'))) {
        replace(leadership, leadershipFacts(cluster));
        const members = [...store.table('coordinators').values()];
        replace(coordinators, ...members.map((member) => coordinatorCard(member, cluster)));
      }
      if (changed.has('services')) showServices();
    },
  };
}

function coordinatorCard(row: CoordinatorRow, { nodeId }: ClusterRow): HTMLElement {
  const isLeader = row.role === 'leader' && row.state !== 'dead';
  return h(
    'div',
    { class: isLeader ? 'coordinator leader' : 'coordinator' },
    h('div', { class: 'title' }, isLeader && glyph('crown'), row.id),
    h(
      'div',
      { class: 'row' },
      badge(row.state),
      h('span', { class: 'badge plain' }, word('state', isLeader ? 'leader' : 'follower')),
      row.vote !== null && h('span', { class: 'badge plain' }, word('state', row.vote)),
    ),
    h('code', {}, `${row.host}:${row.port}`),
    row.id === nodeId && h('small', {}, t('cluster.self')),
    row.heardAgoMs !== null &&
      row.id !== nodeId &&
      h('small', {}, t('cluster.heard', { n: milliseconds(row.heardAgoMs) })),
    row.match !== null && h('small', {}, t('cluster.match', { n: whole(row.match) })),
  );
}

function leadershipFacts(cluster: ClusterRow): HTMLElement {
  return h(
    'div',
    { class: 'stack' },
    cluster.isStale && h('div', { class: 'notice warn' }, t('cluster.stale')),
    facts(
      [t('overview.leader'), h('b', {}, cluster.leaderId ?? t('overview.noLeader'))],
      [t('cluster.term'), whole(cluster.term)],
      [
        t('cluster.lease'),
        cluster.leaseMs === null || cluster.leaseMs === 0 ? '–' : milliseconds(cluster.leaseMs),
      ],
      [
        t('cluster.election'),
        cluster.electionReason === null ? '–' : word('election', cluster.electionReason),
      ],
      [t('cluster.engine'), cluster.engine],
      [t('cluster.commit'), whole(cluster.commitIndex)],
      [t('cluster.log'), whole(cluster.logEntries)],
      [t('cluster.revision'), whole(cluster.revision)],
    ),
  );
}

function columns(open: (key: string) => void): readonly Column<ServiceRow>[] {
  const stateOf = ({ state, failing }: ServiceRow) =>
    state !== 'dead' && failing.includes('unreachable') ? 'unreachable' : state;
  return [
    {
      id: 'id',
      title: t('column.name'),
      width: 'minmax(150px, 1.4fr)',
      sortBy: ({ id }) => id,
      cell: openCell(({ id }) => id, open),
    },
    {
      id: 'service',
      title: t('column.service'),
      width: 'minmax(110px, 1fr)',
      sortBy: ({ service }) => service,
      cell: textCell(({ service }) => service),
    },
    {
      id: 'state',
      title: t('column.state'),
      width: '116px',
      sortBy: stateOf,
      cell: nodeCell(stateOf, (row) => badge(stateOf(row))),
    },
    {
      id: 'address',
      title: t('column.address'),
      width: 'minmax(130px, 1fr)',
      sortBy: ({ host, port }) => `${host}:${port}`,
      cell: textCell(({ host, port }) => `${host}:${port}`),
    },
    {
      id: 'lease',
      title: t('column.lease'),
      width: '70px',
      isNumber: true,
      sortBy: ({ ttlMs }) => ttlMs,
      cell: textCell(({ ttlMs }) => milliseconds(ttlMs), 'end'),
    },
    {
      id: 'rate',
      title: t('column.requests'),
      width: '92px',
      isNumber: true,
      sortBy: ({ rate }) => rate ?? -1,
      cell: textCell(({ rate }) => perSecond(rate), 'end'),
    },
    {
      id: 'errors',
      title: t('column.errors'),
      width: '82px',
      isNumber: true,
      sortBy: ({ errorRate }) => errorRate ?? -1,
      cell: textCell(({ errorRate }) => perSecond(errorRate), 'end'),
    },
    {
      id: 'cpu',
      title: t('column.cpu'),
      width: '66px',
      isNumber: true,
      sortBy: ({ cpu }) => cpu ?? -1,
      cell: textCell(({ cpu }) => (cpu === null ? '–' : `${Math.round(cpu)} %`), 'end'),
    },
    {
      id: 'memory',
      title: t('column.memory'),
      width: '82px',
      isNumber: true,
      sortBy: ({ memory }) => memory ?? -1,
      cell: textCell(({ memory }) => bytes(memory), 'end'),
    },
  ];
}
