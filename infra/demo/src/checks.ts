import type { BoardRow, ChatMessage, Player } from '@hanok/client';
import type { Books } from './books.ts';
import type { Gamer } from './game.ts';
import type { ChatLine } from './game-plan.ts';

/** One invariant, whether it holds, and the figures behind it. */
export interface Check {
  readonly name: string;
  readonly holds: boolean;
  readonly detail: string;
}

/** Messages a channel keeps. */
const KEPT_MESSAGES = 100;

/** Sums up differences: none means that the invariant holds, and `success` tells the figures. */
export function checkNone(name: string, differences: readonly string[], success: string): Check {
  const [first] = differences;
  if (first === undefined) return { name, holds: true, detail: success };
  return { name, holds: false, detail: `${differences.length} differences, the first: ${first}` };
}

/** Every player has the gold and the level the game's own books say. */
export function checkGold(gamers: readonly Gamer[], players: readonly Player[], books: Books): Check {
  const byId = new Map(players.map((player) => [player.id, player]));
  const differences = gamers.flatMap(({ plan, id, username }) => {
    const player = byId.get(id);
    if (player === undefined) return [`${username} is not among the players`];
    const gold = books.goldOf(plan.index);
    if (player.gold !== gold) return [`${username} has ${player.gold} gold, booked ${gold}`];
    return player.level === plan.level ? [] : [`${username} has level ${player.level}, not ${plan.level}`];
  });
  if (byId.size !== gamers.length) differences.push(`${byId.size} players instead of ${gamers.length}`);
  const success = `${gamers.length} players hold ${books.totalGold} gold, as booked`;
  return checkNone('every gold coin accounted for', differences, success);
}

/** The board holds every player once, with its best score, best first, ties in the order of arrival. */
export function checkBoard(gamers: readonly Gamer[], rows: readonly BoardRow[], books: Books): Check {
  const gamerOf = new Map(gamers.map((gamer) => [gamer.id, gamer]));
  const differences: string[] = [];
  const seen = new Set<string>();
  for (const [position, row] of rows.entries()) {
    const gamer = gamerOf.get(row.playerId);
    const best = gamer === undefined ? undefined : books.bestScoreOf(gamer.plan.index);
    if (row.rank !== position + 1) differences.push(`row ${position + 1} has rank ${row.rank}`);
    if (seen.has(row.playerId)) differences.push(`player ${row.playerId} is there twice`);
    if (row.score !== best?.score)
      differences.push(`player ${row.playerId} has ${row.score}, not ${best?.score}`);
    seen.add(row.playerId);
    const above = rows[position - 1];
    if (above === undefined) continue;
    if (above.score < row.score) differences.push(`rank ${row.rank} is better than the one above`);
    if (above.score === row.score && arrivedAfter(above, row, gamerOf, books)) {
      differences.push(`rank ${row.rank} reached its score before the one above`);
    }
  }
  if (seen.size !== gamers.length) differences.push(`${seen.size} players instead of ${gamers.length}`);
  const ties = rows.filter((row, position) => row.score === rows[position - 1]?.score).length;
  return checkNone('leaderboard order right', differences, `${rows.length} ranks, ${ties} ties`);
}

/** Whether `above` was sent only after `below` had been answered; calls that overlapped may be in any order. */
function arrivedAfter(
  above: BoardRow,
  below: BoardRow,
  gamerOf: ReadonlyMap<string, Gamer>,
  books: Books,
): boolean {
  const timesOf = (row: BoardRow) => books.bestScoreOf(gamerOf.get(row.playerId)?.plan.index ?? -1);
  const sentAtMs = timesOf(above)?.sentAtMs;
  const answeredAtMs = timesOf(below)?.answeredAtMs;
  return sentAtMs !== undefined && answeredAtMs !== undefined && sentAtMs > answeredAtMs;
}

/** A channel holds its last 100 lines, in the order they were said, each once. */
export function checkChannel(
  channel: string,
  lines: readonly ChatLine[],
  messages: readonly ChatMessage[],
  gamers: readonly Gamer[],
): string[] {
  const expected = lines.slice(-KEPT_MESSAGES);
  const differences = expected.flatMap((line, position) => {
    const message = messages[position];
    if (message?.text !== line.text) return [`${channel}: "${message?.text}" instead of "${line.text}"`];
    if (message.playerId !== gamers[line.speakerIndex]?.id)
      return [`${channel}: "${line.text}" has another speaker`];
    return [];
  });
  if (messages.length !== expected.length) {
    differences.push(`${channel}: ${messages.length} messages instead of ${expected.length}`);
  }
  return differences;
}

/** The counter counted every round, and none it was not told of. */
export function checkCounter(value: number, books: Books): Check {
  const least = books.roundsCounted;
  const most = least + books.roundsInDoubt;
  const doubt = books.roundsInDoubt === 0 ? '' : `, ${books.roundsInDoubt} in doubt`;
  return {
    name: 'counter exact',
    holds: value >= least && value <= most,
    detail: `${value} rounds, told ${least}${doubt}`,
  };
}
