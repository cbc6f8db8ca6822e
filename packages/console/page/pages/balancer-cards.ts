import { act, read } from '../api.ts';
import { h, replace, setText } from '../dom.ts';
import { bytes, perSecond, whole } from '../format.ts';
import type { PageContext } from '../page-context.ts';
import { card, cardBody, facts } from '../parts/card.ts';
import { confirmAndDo } from '../parts/dialog.ts';
import { glyph } from '../parts/glyph.ts';
import { badge } from '../parts/status.ts';
import type { TableName } from '../../src/live/tables.ts';
import type { BalancerRow } from '../rows.ts';
import { t } from '../words.ts';

interface Strategies {
  readonly name: string;
  readonly available: readonly string[];
}

/** A card for each listener of each load balancer. */
export function balancerCards(context: PageContext) {
  const element = h('div', { class: 'columns' });
  const views = new Map<string, { readonly element: HTMLElement; update(row: BalancerRow): void }>();
  return {
    element,
    update(changed: ReadonlySet<TableName>): void {
      if (!changed.has('balancers')) return;
      const rows = context.store.table('balancers');
      for (const [key, view] of views) {
        if (rows.has(key)) continue;
        view.element.remove();
        views.delete(key);
      }
      for (const [key, row] of rows) {
        let view = views.get(key);
        if (view === undefined) {
          view = balancerCard(context, row);
          views.set(key, view);
          element.append(view.element);
        }
        view.update(row);
      }
      const empty = element.querySelector('.empty');
      if (rows.size === 0 && empty === null) {
        element.append(h('p', { class: 'empty card full' }, t('balancer.none')));
      } else if (rows.size > 0) empty?.remove();
    },
  };
}

function balancerCard(context: PageContext, { balancer, listener }: BalancerRow) {
  const state = h('span', {});
  const strategy = h('b', {});
  const figures = {
    active: h('span', {}),
    rate: h('span', {}),
    refused: h('span', {}),
    traffic: h('span', {}),
    backends: h('span', {}),
  };
  const pools = h('div', { class: 'stack' });
  const change = h(
    'button',
    { onclick: () => void changeStrategy(balancer, listener) },
    glyph('swap'),
    t('balancer.changeStrategy'),
  );
  const element = card(
    `${balancer} · ${listener}`,
    [state],
    cardBody(
      h(
        'div',
        { class: 'stack' },
        h('div', { class: 'row' }, t('balancer.strategy'), strategy, context.mayChange && change),
        pools,
        facts(
          [t('overview.connections'), figures.active],
          [t('overview.rate'), figures.rate],
          [t('overview.traffic'), figures.traffic],
          [t('overview.backends'), figures.backends],
        ),
      ),
    ),
  );
  element.classList.add('narrow');
  let shownPools = '';
  return {
    element,
    update(row: BalancerRow): void {
      replace(state, badge(row.isReachable ? (row.usable === 0 ? 'down' : 'up') : 'unreachable'));
      setText(strategy, row.strategy);
      setText(figures.active, `${whole(row.active)} · ${t('overview.waiting', { n: whole(row.waiting) })}`);
      setText(
        figures.rate,
        `${perSecond(row.rate)} · ${t('overview.refused', { n: perSecond(row.refusedRate) })}`,
      );
      setText(
        figures.traffic,
        t('overview.inOut', { in: `${bytes(row.inRate)}/s`, out: `${bytes(row.outRate)}/s` }),
      );
      setText(figures.backends, `${whole(row.usable)} / ${whole(row.backends)}`);
      if (row.pools.join() === shownPools) return;
      shownPools = row.pools.join();
      replace(pools, ...row.pools.map((pool) => poolLine(context, balancer, listener, pool)));
    },
  };
}

function poolLine(context: PageContext, balancer: string, listener: string, text: string): HTMLElement {
  const [pool = '', strategy = ''] = text.split('=');
  const change = h(
    'button',
    { onclick: () => void changeStrategy(balancer, listener, pool) },
    t('balancer.changeStrategy'),
  );
  return h(
    'div',
    { class: 'row' },
    `${t('backend.pool')} ${pool}`,
    h('b', {}, strategy),
    context.mayChange && change,
  );
}

/** Asks for another strategy, and for a confirmation that says what it means. */
async function changeStrategy(balancer: string, listener: string, pool?: string): Promise<void> {
  const place = { listener, ...(pool === undefined ? {} : { pool }) };
  const { name, available } = await read<Strategies>(
    'lb-proxy',
    balancer,
    `v1/strategy?${new URLSearchParams(place)}`,
  );
  const select = h(
    'select',
    { 'aria-label': t('balancer.strategy'), name: 'strategy' },
    ...available.map((each) => h('option', { value: each, selected: each === name }, each)),
  );
  await confirmAndDo(
    {
      title: t('balancer.changeStrategy'),
      text: t('balancer.changeStrategyText', {
        name: [balancer, listener, pool].filter(Boolean).join(' · '),
      }),
      details: h('div', { class: 'change' }, h('span', {}, name), glyph('arrow'), select),
      action: t('action.apply'),
    },
    () => act('balancer.strategy', { balancer, ...place, strategy: select.value }),
  );
}
