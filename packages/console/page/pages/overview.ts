import { setAttribute, setText, h } from '../dom.ts';
import { every } from '../every.ts';
import { bytes, compact, milliseconds, perSecond, whole } from '../format.ts';
import { historyLength, historySpanMs, readHistories, sumSeries, worstSeries } from '../history.ts';
import type { PageContext, PageView } from '../page-context.ts';
import { card, cardBody, tile } from '../parts/card.ts';
import { Chart } from '../parts/chart.ts';
import { Timeline } from '../parts/timeline.ts';
import { TopologyPicture } from '../parts/topology.ts';
import { findTroubles } from '../troubles.ts';
import { layOut } from '../topology-layout.ts';
import { t } from '../words.ts';

const historyEveryMs = 5_000;

/** The whole stack at a glance. */
export function overviewPage({ store }: PageContext): PageView {
  const tiles = {
    health: tile(t('overview.health')),
    connections: tile(t('overview.connections')),
    rate: tile(t('overview.rate')),
    traffic: tile(t('overview.traffic')),
    backends: tile(t('overview.backends')),
    leader: tile(t('overview.leader')),
  };
  tiles.leader.value.classList.add('name');
  const picture = new TopologyPicture();
  const timeline = new Timeline(store);
  const rates = new Chart({
    title: t('overview.rateChart'),
    lines: [{ title: t('overview.rate'), series: 's1', isArea: true }],
    format: perSecond,
    spanMs: historySpanMs,
  });
  const latencies = new Chart({
    title: t('overview.latencyChart'),
    lines: [
      { title: t('column.p50'), series: 's1' },
      { title: t('column.p99'), series: 's2' },
    ],
    format: milliseconds,
    spanMs: historySpanMs,
  });

  const showTiles = (): void => {
    const balancers = [...store.table('balancers').values()];
    const backends = [...store.table('backends').values()];
    const { cluster } = store;
    const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
    const troubles = findTroubles(store);
    setText(
      tiles.health.value,
      troubles.length === 0 ? t('overview.well') : t('overview.troubles', { n: troubles.length }),
    );
    setText(tiles.health.note, troubles[0] ?? t('overview.wellNote'));
    setAttribute(tiles.health.note, 'title', troubles.join('\n') || null);
    tiles.health.value.style.color = troubles.length === 0 ? 'var(--good)' : 'var(--bad)';
    setText(tiles.connections.value, whole(sum(balancers.map(({ active }) => active))));
    setText(
      tiles.connections.note,
      t('overview.waiting', { n: whole(sum(balancers.map(({ waiting }) => waiting))) }),
    );
    setText(tiles.rate.value, perSecond(sum(balancers.map(({ rate }) => rate))));
    setText(
      tiles.rate.note,
      t('overview.refused', { n: perSecond(sum(balancers.map(({ refusedRate }) => refusedRate))) }),
    );
    const [inRate, outRate] = [
      sum(balancers.map((each) => each.inRate)),
      sum(balancers.map((each) => each.outRate)),
    ];
    setText(tiles.traffic.value, `${bytes(inRate + outRate)}/s`);
    setText(
      tiles.traffic.note,
      t('overview.inOut', { in: `${bytes(inRate)}/s`, out: `${bytes(outRate)}/s` }),
    );
    setText(
      tiles.backends.value,
      `${compact(backends.filter(({ eligible }) => eligible).length)} / ${compact(backends.length)}`,
    );
    setText(tiles.backends.note, t('overview.usable'));
    setText(tiles.leader.value, cluster?.leaderId ?? t('overview.noLeader'));
    setText(tiles.leader.note, t('overview.term', { n: whole(cluster?.term ?? 0) }));
  };

  const showPicture = (): void => {
    picture.draw(
      layOut({
        cluster: store.cluster,
        coordinators: [...store.table('coordinators').values()],
        services: [...store.table('services').values()],
        balancers: [...store.table('balancers').values()],
        backends: [...store.table('backends').values()],
        caches: store.table('caches'),
      }),
    );
  };

  const showHistory = async (): Promise<void> => {
    const listeners = [...store.table('balancers').values()]
      .filter(({ isReachable }) => isReachable)
      .slice(0, 8);
    const histories = await Promise.all(
      listeners.map(({ balancer, listener }) => readHistories(balancer, listener, [])),
    );
    rates.draw([sumSeries(histories.map(({ total }) => total.rate))], historyLength);
    latencies.draw(
      [
        worstSeries(histories.map(({ total }) => total.p50)),
        worstSeries(histories.map(({ total }) => total.p99)),
      ],
      historyLength,
    );
  };

  const update = (): void => {
    showTiles();
    showPicture();
    timeline.update();
  };
  const stop = every(historyEveryMs, async () => {
    if (store.table('balancers').size > 0) await showHistory();
  });
  let isFirst = true;
  return {
    element: h(
      'div',
      { class: 'stack' },
      h('div', { class: 'tiles' }, ...Object.values(tiles).map(({ element }) => element)),
      h(
        'div',
        { class: 'columns' },
        h(
          'div',
          { class: 'wide stack' },
          card(t('topology.title'), [], cardBody(picture.element)),
          h(
            'div',
            { class: 'columns' },
            h('div', { class: 'half' }, card(t('overview.rateChart'), [], cardBody(rates.element))),
            h('div', { class: 'half' }, card(t('overview.latencyChart'), [], cardBody(latencies.element))),
          ),
        ),
        h('div', { class: 'narrow' }, card(t('timeline.title'), [], timeline.element)),
      ),
    ),
    update() {
      update();
      if (!isFirst || store.table('balancers').size === 0) return;
      isFirst = false;
      void showHistory().catch(() => undefined);
    },
    close: stop,
  };
}
