import { read } from '../api.ts';
import { h, replace } from '../dom.ts';
import { dateTime, whole } from '../format.ts';
import type { PageContext, PageView } from '../page-context.ts';
import { card, cardBody, field } from '../parts/card.ts';
import { toast } from '../parts/toast.ts';
import { t } from '../words.ts';
import { campaignsCard } from './campaigns.ts';
import { ledgerAuditCard } from './ledger-audit.ts';
import { showPlayer } from './player-drawer.ts';
import type { Page, Player } from './player-types.ts';

const pageSize = 50;

/** Players, and gold for many of them. */
export function playersPage(context: PageContext): PageView {
  const prefix = h('input', { type: 'search', name: 'prefix' });
  const id = h('input', { inputmode: 'numeric', pattern: '[0-9]*', name: 'id' });
  const minLevel = h('input', { type: 'number', min: 1, name: 'level' });
  const body = h('tbody', {});
  const foot = h('div', {});

  const show = async (cursor: string | null): Promise<void> => {
    try {
      const { items, nextCursor } = await search(prefix.value, id.value, minLevel.value, cursor);
      if (cursor === null) body.replaceChildren();
      body.append(...items.map((player) => playerRow(context, player)));
      replace(
        foot,
        body.childElementCount === 0 && h('p', { class: 'empty' }, t('players.empty')),
        nextCursor !== null && h('button', { onclick: () => void show(nextCursor) }, t('action.more')),
      );
    } catch (error) {
      toast((error as Error).message, true);
    }
  };
  const form = h(
    'form',
    {
      class: 'fields',
      onsubmit: (event) => {
        event.preventDefault();
        void show(null);
      },
    },
    field(t('players.prefix'), prefix),
    field(t('players.byId'), id),
    field(t('players.minLevel'), minLevel),
    h('button', { class: 'primary' }, t('action.search')),
  );
  form.style.alignItems = 'end';
  const campaigns = campaignsCard(context);
  void show(null);
  return {
    element: h(
      'div',
      { class: 'columns' },
      h(
        'div',
        { class: 'wide' },
        card(t('players.search'), [], cardBody(h('div', { class: 'stack' }, form, playerTable(body), foot))),
      ),
      h('div', { class: 'narrow stack' }, campaigns.element, ledgerAuditCard()),
    ),
    close: campaigns.close,
  };
}

async function search(
  prefix: string,
  id: string,
  minLevel: string,
  cursor: string | null,
): Promise<Page<Player>> {
  if (id.trim() !== '') {
    const player = await read<Player>('player-service', 'any', `v1/players/${encodeURIComponent(id.trim())}`);
    return { items: [player], nextCursor: null };
  }
  const query = new URLSearchParams({ limit: String(pageSize) });
  if (prefix.trim() !== '') query.set('usernamePrefix', prefix.trim());
  if (minLevel !== '') query.set('minLevel', minLevel);
  if (cursor !== null) query.set('cursor', cursor);
  return read('player-service', 'any', `v1/players?${query}`);
}

function playerTable(body: HTMLElement): HTMLElement {
  const heads = [t('column.player'), t('column.level'), t('column.gold'), t('column.lastLogin')];
  return h(
    'div',
    { class: 'scroll-x', tabindex: 0, role: 'region', 'aria-label': t('nav.players') },
    h(
      'table',
      { class: 'list-table' },
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          h('th', { scope: 'col' }, 'ID'),
          ...heads.map((title, index) =>
            h('th', { scope: 'col', class: index === 1 || index === 2 ? 'end' : '' }, title),
          ),
        ),
      ),
      body,
    ),
  );
}

function playerRow(context: PageContext, player: Player): HTMLElement {
  const open = h('button', { class: 'open', onclick: () => showPlayer(context, player.id) }, player.username);
  return h(
    'tr',
    {},
    h('td', {}, h('code', {}, player.id)),
    h('td', {}, open),
    h('td', { class: 'end' }, whole(player.level)),
    h('td', { class: 'end' }, whole(player.gold)),
    h('td', {}, dateTime(player.lastLoginAt)),
  );
}
