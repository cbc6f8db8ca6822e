import type { Keyspace } from '../memory/keyspace.ts';
import { flag, integer, list, text } from '../store/decode.ts';
import type { Operation, Reply } from '../store/operation.ts';
import { Board, boardKind, type BoardOperator, type BoardOrder } from './board.ts';
import {
  amongLua,
  aroundLua,
  clearLua,
  defineLua,
  describeLua,
  pageLua,
  percentileLua,
  removeLua,
  submitLua,
} from './board-scripts.ts';

/** A row of a board as the engine answers it. */
export interface Row {
  readonly playerId: string;
  readonly score: number;
  /** From 1. */
  readonly rank: number;
}

export interface Rows {
  readonly total: number;
  readonly rows: readonly Row[];
}

export interface Placement {
  readonly changed: boolean;
  readonly score: number;
  readonly rank: number;
}

/** A member is `sequence:score:playerId`, and the sequence has so many digits. */
const sequenceDigits = 14;

function decodeRow(member: string, rank: number): Row {
  const scoreEnd = member.indexOf(':', sequenceDigits + 1);
  return {
    playerId: member.slice(scoreEnd + 1),
    score: Number(member.slice(sequenceDigits + 1, scoreEnd)),
    rank,
  };
}

function decodeRows(reply: Reply): Rows {
  const [total, offset, members] = list(reply);
  const first = integer(offset) + 1;
  const stored = text(members);
  const rows = stored === '' ? [] : stored.split(' ').map((member, i) => decodeRow(member, first + i));
  return { total: integer(total), rows };
}

function boardAt(space: Keyspace, key: string): Board {
  return space.read(boardKind, key) ?? new Board();
}

function rowsOf(board: Board, offset: number, count: number): Reply {
  const members = board.ranked
    .slice(offset, count)
    .map((entry) =>
      [String(entry.sequence).padStart(sequenceDigits, '0'), board.scoreOf(entry), entry.playerId].join(':'),
    );
  return [board.length, offset, members.join(' ')];
}

/** Arguments: player id and score by turns. */
export const submitScores: Operation<readonly Placement[]> = {
  name: 'board-submit',
  effect: 'grows',
  redis: { lua: submitLua },
  memory: (space, [key = ''], args) => {
    const board = boardAt(space, key);
    const submissions = Array.from({ length: args.length / 2 }, (_, i) => ({
      playerId: args[2 * i] ?? '',
      score: Number(args[2 * i + 1]),
    }));
    const changed = board.submit(submissions);
    space.update(boardKind, key, board);
    return submissions.flatMap(({ playerId }, i) => {
      const entry = board.entryOf(playerId);
      return entry === undefined
        ? []
        : [changed[i] === true ? 1 : 0, board.scoreOf(entry), board.ranked.rankOf(entry)];
    });
  },
  decode(reply) {
    const flat = list(reply);
    return Array.from({ length: flat.length / 3 }, (_, i) => ({
      changed: flag(flat[3 * i]),
      score: integer(flat[3 * i + 1]),
      rank: integer(flat[3 * i + 2]) + 1,
    }));
  },
};

/** Arguments: offset, count. */
export const pageOfBoard: Operation<Rows> = {
  name: 'board-page',
  effect: 'reads',
  redis: { lua: pageLua },
  memory: (space, [key = ''], [offset = '', count = '']) =>
    rowsOf(boardAt(space, key), Number(offset), Number(count)),
  decode: decodeRows,
};

/** Arguments: player id, rows before, rows after. Undefined when the player has no score. */
export const aroundPlayer: Operation<Rows | undefined> = {
  name: 'board-around',
  effect: 'reads',
  redis: { lua: aroundLua },
  memory: (space, [key = ''], [playerId = '', before = '', after = '']) => {
    const board = boardAt(space, key);
    const entry = board.entryOf(playerId);
    if (entry === undefined) return null;
    const rank = board.ranked.rankOf(entry);
    const offset = Math.max(0, rank - Number(before));
    return rowsOf(board, offset, rank + Number(after) + 1 - offset);
  },
  decode: (reply) => (reply === null ? undefined : decodeRows(reply)),
};

/** Argument: a percentile. The row with the lowest rank that is there, or none on an empty board. */
export const boardAtPercentile: Operation<Rows> = {
  name: 'board-percentile',
  effect: 'reads',
  redis: { lua: percentileLua },
  memory: (space, [key = ''], [percentile = '']) => {
    const board = boardAt(space, key);
    const offset = Math.floor(((board.length - 1) * (100 - Number(percentile))) / 100 + 1e-9);
    return rowsOf(board, Math.max(0, offset), 1);
  },
  decode: decodeRows,
};

/** Arguments: player ids. The rows of those with a score, best first. */
export const amongPlayers: Operation<Rows> = {
  name: 'board-among',
  effect: 'reads',
  redis: { lua: amongLua },
  memory: (space, [key = ''], playerIds) => {
    const board = boardAt(space, key);
    const rows = playerIds.flatMap((playerId) => {
      const entry = board.entryOf(playerId);
      return entry === undefined ? [] : [playerId, board.scoreOf(entry), board.ranked.rankOf(entry)];
    });
    return [board.length, ...rows];
  },
  decode(reply) {
    const [total, ...flat] = list(reply);
    const rows = Array.from({ length: flat.length / 3 }, (_, i) => ({
      playerId: text(flat[3 * i]),
      score: integer(flat[3 * i + 1]),
      rank: integer(flat[3 * i + 2]) + 1,
    }));
    return { total: integer(total), rows: rows.toSorted((a, b) => a.rank - b.rank) };
  },
};

/** Argument: player id. */
export const removeFromBoard: Operation<boolean> = {
  name: 'board-remove',
  effect: 'changes',
  redis: { lua: removeLua },
  memory: (space, [key = ''], [playerId = '']) => {
    const board = boardAt(space, key);
    if (!board.remove(playerId)) return 0;
    space.update(boardKind, key, board);
    return 1;
  },
  decode: flag,
};

/** Arguments: order, operator. False when scores were submitted under another definition. */
export const defineBoard: Operation<boolean> = {
  name: 'board-define',
  effect: 'grows',
  redis: { lua: defineLua },
  memory: (space, [key = ''], [order = '', operator = '']) => {
    const board = boardAt(space, key);
    if ((board.order !== order || board.operator !== operator) && board.length > 0) return 0;
    board.order = order as BoardOrder;
    board.operator = operator as BoardOperator;
    space.update(boardKind, key, board);
    return 1;
  },
  decode: flag,
};

export const describeBoard: Operation<{ order: BoardOrder; operator: BoardOperator; total: number }> = {
  name: 'board-describe',
  effect: 'reads',
  redis: { lua: describeLua },
  memory: (space, [key = '']) => {
    const board = boardAt(space, key);
    return [board.order, board.operator, board.length];
  },
  decode(reply) {
    const [order, operator, total] = list(reply);
    return {
      order: text(order) === 'ascending' ? 'ascending' : 'descending',
      operator: text(operator) as BoardOperator,
      total: integer(total),
    };
  },
};

/** True when there was a board. */
export const clearBoard: Operation<boolean> = {
  name: 'board-clear',
  effect: 'changes',
  redis: { lua: clearLua },
  memory: (space, [key = '']) => (space.remove(key) ? 1 : 0),
  decode: flag,
};

export const boardOperations = [
  submitScores,
  pageOfBoard,
  aroundPlayer,
  boardAtPercentile,
  amongPlayers,
  removeFromBoard,
  defineBoard,
  describeBoard,
  clearBoard,
] as const;
