import { read } from '../api.ts';
import { h, replace } from '../dom.ts';
import { every } from '../every.ts';
import { timeOfDay, whole } from '../format.ts';
import { card, cardBody, field } from '../parts/card.ts';
import { toast } from '../parts/toast.ts';
import { t } from '../words.ts';

interface BoardRow {
  readonly rank: number;
  readonly playerId: string;
  readonly score: number;
}

interface Message {
  readonly id: string;
  readonly playerId: string;
  readonly text: string;
  readonly sentAt: string;
}

const chatEveryMs = 2_000;
const shownRows = 20;

/** The top of a leaderboard. */
export function boardCard(): HTMLElement {
  const name = h('input', { required: true, pattern: '[A-Za-z0-9][A-Za-z0-9_.:\\-]*', name: 'board' });
  const rows = h('tbody', {});
  const empty = h('div', {});
  const show = async (event: Event): Promise<void> => {
    event.preventDefault();
    try {
      const path = `v1/leaderboards/${encodeURIComponent(name.value)}?limit=${shownRows}`;
      const { items } = await read<{ items: readonly BoardRow[] }>('cache-service', 'any', path);
      replace(
        rows,
        ...items.map(({ rank, playerId, score }) =>
          h(
            'tr',
            {},
            h('td', {}, whole(rank)),
            h('td', {}, h('code', {}, playerId)),
            h('td', { class: 'end' }, whole(score)),
          ),
        ),
      );
      replace(empty, items.length === 0 && h('p', { class: 'empty' }, t('cache.boardEmpty')));
    } catch (error) {
      toast((error as Error).message, true);
    }
  };
  const form = h(
    'form',
    { class: 'fields', onsubmit: (event) => void show(event) },
    field(t('cache.boardName'), name),
    h('button', {}, t('action.show')),
  );
  form.style.alignItems = 'end';
  const heads = [t('column.rank'), t('column.player'), t('column.score')];
  const table = h(
    'table',
    { class: 'list-table' },
    h(
      'thead',
      {},
      h(
        'tr',
        {},
        ...heads.map((title, index) => h('th', { scope: 'col', class: index === 2 ? 'end' : '' }, title)),
      ),
    ),
    rows,
  );
  return card(t('cache.board'), [], cardBody(h('div', { class: 'stack' }, form, table, empty)));
}

/** The newest messages of a channel, followed while it is shown. */
export function chatCard() {
  const channel = h('input', { required: true, pattern: '[A-Za-z0-9][A-Za-z0-9_.:\\-]*', name: 'channel' });
  const list = h('ol', { class: 'chat' });
  let followed: string | null = null;
  const show = async (): Promise<void> => {
    if (followed === null) return;
    const path = `v1/chat/${encodeURIComponent(followed)}/messages?limit=${shownRows}`;
    const { items } = await read<{ items: readonly Message[] }>('cache-service', 'any', path);
    replace(list, ...(items.length === 0 ? [h('li', {}, t('cache.chatEmpty'))] : items.map(messageItem)));
  };
  const stop = every(chatEveryMs, show);
  const form = h(
    'form',
    {
      class: 'fields',
      onsubmit: (event) => {
        event.preventDefault();
        followed = channel.value;
        show().catch((error: unknown) => toast((error as Error).message, true));
      },
    },
    field(t('cache.channel'), channel),
    h('button', {}, t('action.show')),
  );
  form.style.alignItems = 'end';
  return {
    element: card(t('cache.chat'), [], cardBody(h('div', { class: 'stack' }, form, list))),
    close: stop,
  };
}

function messageItem({ sentAt, playerId, text }: Message): HTMLElement {
  return h(
    'li',
    {},
    h('time', { datetime: sentAt }, timeOfDay(sentAt)),
    h('b', {}, playerId),
    h('span', {}, text),
  );
}
