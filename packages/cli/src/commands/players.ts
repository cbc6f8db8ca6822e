import type { Player } from '@hanok/client';
import { defineCommand } from '../command.ts';
import { table } from '../output/table.ts';
import { plain } from '../output/text.ts';
import { showCount } from '../output/units.ts';

const playerId = { name: 'ID', summary: 'id of the player' };
const levels = { kind: 'integer', min: 1, max: 1_000_000 } as const;
const playerColumns = [
  { heading: 'ID', isNumber: true },
  { heading: 'NAME' },
  { heading: 'E-MAIL' },
  { heading: 'LEVEL', isNumber: true },
  { heading: 'GOLD', isNumber: true },
  { heading: 'LAST LOG-IN' },
];

/** `hanok players` */
export const playersCommand = defineCommand({
  name: 'players',
  summary: 'search players',
  options: {
    prefix: { kind: 'text', summary: 'names that begin so' },
    email: { kind: 'text', summary: 'the player of this e-mail address' },
    'min-level': { ...levels, summary: 'lowest level' },
    'max-level': { ...levels, summary: 'highest level' },
    limit: { kind: 'integer', min: 1, max: 500, summary: 'players on a page (default 50)' },
    cursor: { kind: 'text', summary: 'where the page before ended' },
  },
  examples: [
    ['players --prefix mina', 'by name'],
    ['players --min-level 90 --json', 'the strongest, for a script'],
  ],
  async run({ stack, options, signal }) {
    const page = await (
      await stack.players()
    ).players.list(
      {
        ...(options.prefix === undefined ? {} : { usernamePrefix: options.prefix }),
        ...(options.email === undefined ? {} : { email: options.email }),
        ...(options['min-level'] === undefined ? {} : { minLevel: options['min-level'] }),
        ...(options['max-level'] === undefined ? {} : { maxLevel: options['max-level'] }),
        ...(options.limit === undefined ? {} : { limit: options.limit }),
        ...(options.cursor === undefined ? {} : { cursor: options.cursor }),
      },
      { signal },
    );
    const rows = page.items.map((player) => [
      player.id,
      player.username,
      player.email,
      player.level,
      showCount(player.gold),
      player.lastLoginAt,
    ]);
    const more = page.nextCursor === null ? '' : `\n\nThere are more: --cursor ${plain(page.nextCursor)}`;
    return { value: page, text: table(playerColumns, rows, 'There are no such players.') + more };
  },
});

/** `hanok players show` */
export const playersShowCommand = defineCommand({
  name: 'players show',
  summary: 'all about one player, with the last entries of the ledger',
  arguments: [playerId],
  examples: [['players show 42', 'the player of that id']],
  async run({ stack, arguments: [id = ''], signal }) {
    const client = await stack.players();
    const player = await client.players.get(id, { signal });
    const ledger = await client.call(
      'GET /v1/players/{id}/ledger',
      { path: { id }, query: { limit: 10 } },
      { signal },
    );
    const entries = table(
      [
        { heading: 'WHEN' },
        { heading: 'REASON' },
        { heading: 'CURRENCY' },
        { heading: 'AMOUNT', isNumber: true },
        { heading: 'BALANCE', isNumber: true },
      ],
      ledger.items.map((entry) => [
        entry.createdAt,
        entry.reason,
        entry.currency,
        showCount(entry.amount),
        showCount(entry.balanceAfter),
      ]),
      'The ledger has no entries.',
    );
    return { value: { player, ledger: ledger.items }, text: `${describe(player)}\n\n${entries}` };
  },
});

/** `hanok players delete` */
export const playersDeleteCommand = defineCommand({
  name: 'players delete',
  summary: 'delete a player; it can be restored for a while',
  arguments: [playerId],
  examples: [['players delete 42', 'asks with the name of the player']],
  async run({ stack, arguments: [id = ''], confirm, signal }) {
    const { players } = await stack.players();
    const player = await players.get(id, { signal });
    await confirm(
      `Delete ${plain(player.username)} (${id}, level ${player.level}, ${showCount(player.gold)} gold)?`,
    );
    await players.delete(id, { signal, ifVersion: player.version });
    return { value: { deleted: player }, text: `${plain(player.username)} is deleted.` };
  },
});

/** `hanok players restore` */
export const playersRestoreCommand = defineCommand({
  name: 'players restore',
  summary: 'take a deletion back, while that is possible',
  arguments: [playerId],
  examples: [['players restore 42', 'as it was']],
  async run({ stack, arguments: [id = ''], signal }) {
    const player = await (await stack.players()).players.restore(id, { signal });
    return { value: { player }, text: describe(player) };
  },
});

function describe(player: Player): string {
  return [
    `Id          ${player.id}`,
    `Name        ${plain(player.username)}`,
    `E-mail      ${plain(player.email)}`,
    `Level       ${player.level} (${showCount(player.experience)} experience)`,
    `Gold        ${showCount(player.gold)}`,
    `Created     ${player.createdAt}`,
    `Last log-in ${player.lastLoginAt ?? 'never'}`,
    `Version     ${player.version}`,
  ].join('\n');
}
