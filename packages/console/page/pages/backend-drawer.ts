import { act } from '../api.ts';
import { h, replace } from '../dom.ts';
import { every } from '../every.ts';
import { bytes, milliseconds, perSecond, whole } from '../format.ts';
import { historyLength, historySpanMs, readHistories } from '../history.ts';
import type { PageContext } from '../page-context.ts';
import { facts, field } from '../parts/card.ts';
import { Chart } from '../parts/chart.ts';
import { confirmAndDo, openDrawer } from '../parts/dialog.ts';
import { badge, backendState } from '../parts/status.ts';
import type { BackendRow } from '../rows.ts';
import { t, word } from '../words.ts';

const historyEveryMs = 5_000;

/** Everything about one backend, and what can be changed of it. */
export function showBackend({ store, mayChange }: PageContext, key: string): void {
  const found = store.table('backends').get(key);
  if (found === undefined) return;
  const { balancer, listener, id } = found;
  const state = h('div', { class: 'stack' });
  const chart = (
    title: string,
    lines: ConstructorParameters<typeof Chart>[0]['lines'],
    format: (n: number | null) => string,
  ) => new Chart({ title, lines, format, spanMs: historySpanMs, height: 96 });
  const connections = chart(
    t('column.connections'),
    [{ title: t('column.connections'), series: 's1', isArea: true }],
    whole,
  );
  const rates = chart(
    t('overview.rate'),
    [{ title: t('overview.rate'), series: 's1', isArea: true }],
    perSecond,
  );
  const latencies = chart(
    t('overview.latencyChart'),
    [
      { title: t('column.p50'), series: 's1' },
      { title: t('column.p99'), series: 's2' },
    ],
    milliseconds,
  );
  const controls = h('div', { class: 'stack' });
  const drawer = openDrawer(
    t('backend.title', { name: id }),
    state,
    connections.element,
    rates.element,
    latencies.element,
    mayChange && controls,
  );
  const show = (): void => {
    const row = store.table('backends').get(key);
    if (row === undefined) return;
    replace(state, factsOf(row));
  };
  replace(controls, ...controlsFor(found, () => store.table('backends').get(key) ?? found));
  show();
  const unwatch = store.watch(show);
  const stop = every(historyEveryMs, async () => {
    const { backends } = await readHistories(balancer, listener, [id]);
    const series = backends.get(id);
    if (series === undefined) return;
    connections.draw([series.active], historyLength);
    rates.draw([series.rate], historyLength);
    latencies.draw([series.p50, series.p99], historyLength);
  });
  void drawer.closed.then(unwatch).then(stop);
}

function factsOf(row: BackendRow): HTMLElement {
  return facts(
    [t('column.state'), badge(backendState(row))],
    [t('column.address'), h('code', {}, row.address)],
    [t('balancer.listener'), `${row.balancer} · ${row.listener}`],
    [t('backend.pool'), row.pool ?? t('balancer.defaultPool')],
    [t('backend.source'), row.source],
    [t('column.connections'), `${whole(row.active)} · ${perSecond(row.rate)}`],
    [
      t('column.traffic'),
      t('overview.inOut', { in: `${bytes(row.inRate)}/s`, out: `${bytes(row.outRate)}/s` }),
    ],
    [t('column.weight'), whole(row.weight)],
    [
      t('backend.maxConnections'),
      row.maxConnections === 0 ? t('backend.noLimit') : whole(row.maxConnections),
    ],
  );
}

const states = [
  { state: 'enabled', action: 'action.enable', text: 'backend.enableText' },
  { state: 'draining', action: 'action.drain', text: 'backend.drainText' },
  { state: 'disabled', action: 'action.disable', text: 'backend.disableText' },
] as const;

function controlsFor({ balancer, listener, id, weight }: BackendRow, current: () => BackendRow): Node[] {
  const place = { balancer, listener, backend: id };
  const title = t('backend.changeTitle', { name: id });
  const input = h('input', { type: 'number', min: 1, max: 256, value: weight, required: true });
  const setState = ({ state, action, text }: (typeof states)[number]): void =>
    void confirmAndDo(
      {
        title,
        text: t(text),
        change: [word('state', current().state), word('state', state)],
        action: t(action),
        isDangerous: state === 'disabled',
      },
      () => act('balancer.backend', { ...place, state }),
    );
  const setWeight = (event: Event): void => {
    event.preventDefault();
    const wanted = Number(input.value);
    void confirmAndDo(
      {
        title,
        text: t('backend.weightText'),
        change: [t('backend.weightValue', { n: current().weight }), t('backend.weightValue', { n: wanted })],
        action: t('action.apply'),
      },
      () => act('balancer.backend', { ...place, weight: wanted }),
    );
  };
  return [
    h('h2', {}, t('backend.change')),
    h(
      'div',
      { class: 'row' },
      ...states.map((each) =>
        h(
          'button',
          { class: each.state === 'disabled' ? 'danger' : '', onclick: () => setState(each) },
          t(each.action),
        ),
      ),
    ),
    h(
      'form',
      { class: 'fields', onsubmit: setWeight },
      field(t('column.weight'), input),
      h('button', {}, t('action.apply')),
    ),
  ];
}
