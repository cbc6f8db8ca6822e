import { act, read } from '../api.ts';
import { h, replace, type Child } from '../dom.ts';
import { dateTime, whole } from '../format.ts';
import type { PageContext } from '../page-context.ts';
import { facts, field } from '../parts/card.ts';
import { confirmAndDo, openDrawer } from '../parts/dialog.ts';
import { toast } from '../parts/toast.ts';
import { t } from '../words.ts';
import type { Balance, LedgerEntry, Page, Player, PlayerSession } from './player-types.ts';

const shownEntries = 30;

/** Everything about one player: who it is, what it has, where that came from, and where it is logged in. */
export function showPlayer({ mayChange }: PageContext, id: string): void {
  const profile = h('div', {});
  const ledger = h('div', {});
  const sessions = h('div', {});
  const controls = h('div', {});
  openDrawer(
    t('players.title', { name: id }),
    profile,
    controls,
    h('h2', {}, t('players.ledger')),
    ledger,
    h('h2', {}, t('players.sessions')),
    sessions,
  );
  const show = async (): Promise<void> => {
    const of = <T>(path: string) => read<T>('player-service', 'any', `v1/players/${id}${path}`);
    const [player, balances, entries] = await Promise.all([
      of<Player>(''),
      of<{ items: readonly Balance[] }>('/balances'),
      of<Page<LedgerEntry>>(`/ledger?limit=${shownEntries}`),
    ]);
    replace(profile, profileFacts(player, balances.items));
    replace(ledger, ledgerTable(entries.items));
    if (mayChange)
      replace(
        controls,
        goldForm(player, () => void show().catch(tell)),
      );
  };
  const showSessions = async (): Promise<void> => {
    const { items } = await read<Page<PlayerSession>>('cache-service', 'any', `v1/sessions?playerId=${id}`);
    replace(
      sessions,
      sessionList(id, items, mayChange, () => void showSessions().catch(tell)),
    );
  };
  show().catch(tell);
  showSessions().catch(tell);
}

function tell(error: unknown): void {
  toast((error as Error).message, true);
}

function profileFacts(player: Player, balances: readonly Balance[]): HTMLElement {
  return facts(
    [t('column.name'), h('b', {}, player.username)],
    [t('players.email'), player.email],
    [t('column.level'), `${whole(player.level)} · ${t('players.experience')} ${whole(player.experience)}`],
    [
      t('players.balances'),
      balances.map(({ currency, balance }) => `${whole(balance)} ${currency}`).join(' · '),
    ],
    [t('players.created'), dateTime(player.createdAt)],
    [t('column.lastLogin'), dateTime(player.lastLoginAt)],
  );
}

function ledgerTable(entries: readonly LedgerEntry[]): Child {
  if (entries.length === 0) return h('p', { class: 'empty' }, t('players.ledgerEmpty'));
  return h(
    'div',
    { class: 'scroll-x', tabindex: 0, role: 'region', 'aria-label': t('players.ledger') },
    h(
      'table',
      { class: 'list-table' },
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          h('th', { scope: 'col' }, t('column.time')),
          h('th', { scope: 'col' }, t('column.reason')),
          h('th', { scope: 'col', class: 'end' }, t('column.amount')),
          h('th', { scope: 'col', class: 'end' }, t('column.balance')),
        ),
      ),
      h(
        'tbody',
        {},
        ...entries.map(({ createdAt, reason, description, amount, balanceAfter, currency }) =>
          h(
            'tr',
            {},
            h('td', {}, dateTime(createdAt)),
            h('td', {}, reason, description !== null && h('small', {}, ` ${description}`)),
            h(
              'td',
              { class: `end amount ${amount < 0 ? 'minus' : 'plus'}` },
              `${amount > 0 ? '+' : ''}${whole(amount)} ${currency}`,
            ),
            h('td', { class: 'end' }, whole(balanceAfter)),
          ),
        ),
      ),
    ),
  );
}

function goldForm(player: Player, onDone: () => void): HTMLElement {
  const amount = h('input', { type: 'number', step: 1, required: true, name: 'amount' });
  const reason = h('input', { required: true, pattern: '[A-Z][A-Z0-9_]*', value: 'SUPPORT', name: 'reason' });
  // One for the form as it stands: pressed twice, it is booked once.
  let key = crypto.randomUUID();
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    const booking = { playerId: player.id, amount: Number(amount.value), reason: reason.value, key };
    const isDone = await confirmAndDo(
      {
        title: t('players.giveGoldTitle', { amount: whole(booking.amount), name: player.username }),
        change: [whole(player.gold), whole(player.gold + booking.amount)],
        action: t('players.book'),
        isDangerous: booking.amount < 0,
      },
      () => act('player.gold', booking),
    );
    if (!isDone) return;
    key = crypto.randomUUID();
    onDone();
  };
  const form = h(
    'form',
    { class: 'fields', 'aria-label': t('players.giveGold'), onsubmit: (event) => void submit(event) },
    field(t('column.amount'), amount),
    field(t('column.reason'), reason),
    h('button', {}, t('players.giveGold')),
  );
  form.style.alignItems = 'end';
  return form;
}

function sessionList(
  playerId: string,
  items: readonly PlayerSession[],
  mayChange: boolean,
  onDone: () => void,
): HTMLElement {
  if (items.length === 0) return h('p', { class: 'empty' }, t('players.sessionsEmpty'));
  const end = async (): Promise<void> => {
    const isDone = await confirmAndDo(
      {
        title: t('players.endSessions'),
        text: t('players.endSessionsText'),
        action: t('players.endSessions'),
        isDangerous: true,
      },
      () => act('player.end-sessions', { playerId }),
    );
    if (isDone) onDone();
  };
  return h(
    'div',
    { class: 'stack' },
    facts(
      ...items.map(({ device, createdAt, expiresAt }) => {
        const until = `${t('column.expires')} ${dateTime(expiresAt)}`;
        return [device === '' ? t('column.device') : device, `${dateTime(createdAt)} · ${until}`] as const;
      }),
    ),
    mayChange && h('button', { class: 'danger', onclick: () => void end() }, t('players.endSessions')),
  );
}
