import { act } from '../api.ts';
import { h } from '../dom.ts';
import { bytes, dateTime, milliseconds, perSecond } from '../format.ts';
import type { PageContext } from '../page-context.ts';
import { facts } from '../parts/card.ts';
import { confirmAndDo, openDrawer } from '../parts/dialog.ts';
import { badge } from '../parts/status.ts';
import { t, word } from '../words.ts';

/** Everything about one registered service, and what can be done about it. */
export function showService({ store, mayChange }: PageContext, id: string): void {
  const row = store.table('services').get(id);
  if (row === undefined) return;
  const places = [...store.table('backends').values()].filter((backend) => backend.id === id);
  const isDrained = places.length > 0 && places.every(({ state }) => state === 'draining');
  const drain = h(
    'button',
    {
      onclick: () =>
        void confirmAndDo(
          {
            title: t(isDrained ? 'cluster.enableTitle' : 'cluster.drainTitle', { name: id }),
            text: t(isDrained ? 'backend.enableText' : 'cluster.drainText'),
            change: isDrained
              ? [word('state', 'draining'), word('state', 'enabled')]
              : [word('state', 'enabled'), word('state', 'draining')],
            action: t(isDrained ? 'action.enable' : 'action.drain'),
          },
          () => act('cluster.drain', { id, isDraining: !isDrained }),
        ).then((isDone) => isDone && drawer.close()),
    },
    t(isDrained ? 'action.enable' : 'action.drain'),
  );
  const remove = h(
    'button',
    {
      class: 'danger',
      onclick: () =>
        void confirmAndDo(
          {
            title: t('cluster.removeTitle', { name: id }),
            text: t('cluster.removeText'),
            action: t('cluster.remove'),
            isDangerous: true,
          },
          () => act('cluster.remove-service', { id }),
        ).then((isDone) => isDone && drawer.close()),
    },
    t('cluster.remove'),
  );
  const drawer = openDrawer(
    t('cluster.serviceTitle', { name: id }),
    facts(
      [t('column.state'), badge(row.state)],
      [t('column.service'), row.service],
      [t('column.address'), h('code', {}, `${row.host}:${row.port}`)],
      [t('column.version'), row.version ?? '–'],
      [t('cluster.registered'), dateTime(row.registeredAt)],
      [t('cluster.metadata'), milliseconds(row.ttlMs)],
      [t('column.requests'), perSecond(row.rate)],
      [t('column.errors'), perSecond(row.errorRate)],
      [t('column.memory'), bytes(row.memory)],
      [t('cluster.failing'), row.failing.length === 0 ? t('cluster.noneFailing') : row.failing.join(', ')],
    ),
    mayChange && h('div', { class: 'row' }, places.length > 0 && drain, row.state !== 'dead' && remove),
  );
}
