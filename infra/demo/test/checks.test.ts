import { createClient, type BoardRow, type ChatMessage, type Player } from '@hanok/client';
import { describe, expect, it } from 'vitest';
import { Books } from '../src/books.ts';
import { checkBoard, checkChannel, checkCounter, checkGold } from '../src/checks.ts';
import type { Gamer } from '../src/game.ts';

const self = createClient({ baseUrl: 'http://127.0.0.1:1' });
const GAMERS: readonly Gamer[] = [0, 1, 2].map((index) => ({
  plan: { index, level: 5, scores: [], prices: [], gift: undefined },
  id: String(index + 10),
  username: `player-${index}`,
  session: { token: 'hps_x', playerId: String(index + 10), expiresAt: '' },
  self,
}));

function players(...gold: readonly number[]): Player[] {
  const common = { email: '', level: 5, experience: 0, createdAt: '', lastLoginAt: null, version: 1 };
  return gold.map((amount, index) => ({
    ...common,
    id: String(index + 10),
    username: `player-${index}`,
    gold: amount,
  }));
}

describe('checkGold', () => {
  const books = new Books(3);
  books.book(0, 100);
  books.book(1, 50);
  books.book(1, -20);

  it('holds when every balance is as booked', () => {
    expect(checkGold(GAMERS, players(100, 30, 0), books)).toMatchObject({
      holds: true,
      detail: '3 players hold 130 gold, as booked',
    });
  });

  it.each([
    ['a coin too few', players(99, 30, 0), 'player-0 has 99 gold, booked 100'],
    ['a coin too many', players(100, 30, 1), 'player-2 has 1 gold, booked 0'],
    ['coins at another player, the sum being right', players(30, 100, 0), 'player-0 has 30 gold, booked 100'],
    ['a lost player', players(100, 30), 'player-2 is not among the players'],
    [
      'another level',
      [...players(100, 30), { ...players(0, 0, 0)[2], level: 4 } as Player],
      'player-2 has level 4, not 5',
    ],
  ])('notices %s', (_case, found, detail) => {
    expect(checkGold(GAMERS, found, books)).toMatchObject({ holds: false });
    expect(checkGold(GAMERS, found, books).detail).toContain(detail);
  });
});

describe('checkBoard', () => {
  const books = new Books(3);
  books.noteScore(0, { score: 7, sentAtMs: 0, answeredAtMs: 10 });
  books.noteScore(1, { score: 9, sentAtMs: 5, answeredAtMs: 15 });
  books.noteScore(2, { score: 7, sentAtMs: 20, answeredAtMs: 30 });
  books.noteScore(2, { score: 3, sentAtMs: 40, answeredAtMs: 50 });

  const board = (...rows: readonly (readonly [string, number])[]): BoardRow[] =>
    rows.map(([playerId, score], index) => ({ rank: index + 1, playerId, score }));

  it('holds when best scores are in order, ties by arrival', () => {
    expect(checkBoard(GAMERS, board(['11', 9], ['10', 7], ['12', 7]), books)).toMatchObject({
      holds: true,
      detail: '3 ranks, 1 ties',
    });
  });

  it('allows either order of a tie whose submissions overlapped', () => {
    const overlapping = new Books(3);
    overlapping.noteScore(0, { score: 7, sentAtMs: 0, answeredAtMs: 25 });
    overlapping.noteScore(1, { score: 9, sentAtMs: 5, answeredAtMs: 15 });
    overlapping.noteScore(2, { score: 7, sentAtMs: 20, answeredAtMs: 30 });
    expect(checkBoard(GAMERS, board(['11', 9], ['12', 7], ['10', 7]), overlapping).holds).toBe(true);
  });

  it.each([
    ['a wrong order', board(['10', 7], ['11', 9], ['12', 7]), 'rank 2 is better than the one above'],
    [
      'a tie against the order of arrival',
      board(['11', 9], ['12', 7], ['10', 7]),
      'rank 3 reached its score before',
    ],
    ['a score that is not the best', board(['11', 9], ['10', 7], ['12', 3]), 'player 12 has 3, not 7'],
    ['a missing player', board(['11', 9], ['10', 7]), '2 players instead of 3'],
    ['a player twice', board(['11', 9], ['11', 9], ['10', 7], ['12', 7]), 'player 11 is there twice'],
    ['a stranger', board(['11', 9], ['10', 7], ['12', 7], ['99', 1]), 'player 99 has 1, not undefined'],
    [
      'a gap in the ranks',
      [{ rank: 2, playerId: '11', score: 9 }, ...board(['10', 7]), ...board(['12', 7])],
      'row 1 has rank 2',
    ],
  ])('notices %s', (_case, rows, detail) => {
    const check = checkBoard(GAMERS, rows, books);
    expect(check.holds).toBe(false);
    expect(check.detail).toContain(detail);
  });
});

describe('checkChannel', () => {
  const lines = Array.from({ length: 120 }, (_, index) => ({
    speakerIndex: index % 3,
    text: `line ${index}`,
  }));
  const messages: readonly ChatMessage[] = lines.slice(-100).map(({ speakerIndex, text }, index) => ({
    id: `${index}-0`,
    channel: 'c',
    playerId: String(speakerIndex + 10),
    text,
    sentAt: '',
  }));

  it('holds for the last 100 lines in order', () => {
    expect(checkChannel('room', lines, messages, GAMERS)).toEqual([]);
  });

  it.each([
    ['two lines swapped', messages.with(3, messages[4] as ChatMessage).with(4, messages[3] as ChatMessage)],
    ['a lost line', messages.toSpliced(50, 1)],
    ['a line twice', messages.toSpliced(50, 0, messages[50] as ChatMessage)],
    ['another speaker', messages.with(7, { ...(messages[7] as ChatMessage), playerId: '99' })],
    ['an empty channel', []],
  ])('notices %s', (_case, found) => {
    expect(checkChannel('room', lines, found, GAMERS)).not.toEqual([]);
  });
});

describe('checkCounter', () => {
  it('allows for calls whose answer was lost, and for nothing else', () => {
    const books = new Books(1);
    books.roundsCounted = 10;
    books.roundsInDoubt = 2;
    expect([9, 10, 11, 12, 13].map((value) => checkCounter(value, books).holds)).toEqual([
      false,
      true,
      true,
      true,
      false,
    ]);
  });
});
