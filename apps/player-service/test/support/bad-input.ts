import { problemOf } from './answers.ts';
import type { Reply } from './test-app.ts';

/** One route with a request it accepts, to be spoiled in every way. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  /** A body the route accepts; none for routes without one. */
  readonly body?: Readonly<Record<string, unknown>>;
  readonly required?: readonly string[];
  /** Takes any member: there are no wrong fields, only bodies that cannot be read. */
  readonly open?: boolean;
  readonly query?: Readonly<Record<string, readonly string[]>>;
}

export const INJECTION = "'; DROP TABLE players; --";
export const TOO_LONG = 'x'.repeat(5_000);

/** Values no field accepts that is declared with such a type. */
export const BAD_TEXT: readonly unknown[] = [5, null, true, [], {}, '', TOO_LONG];
export const BAD_INTEGER: readonly unknown[] = [
  '5',
  null,
  true,
  [],
  {},
  1.5,
  1e300,
  -1e300,
  2 ** 53,
  -(2 ** 53),
];

const paging = {
  limit: ['0', '-1', '501', 'abc', '1e9', '99999999999999999999'],
  cursor: [INJECTION, 'AAAA', TOO_LONG],
};
const levels = ['0', '-5', 'high', '1.5', '1000001', '99999999999999999999', INJECTION];

export const routes: readonly Route[] = [
  {
    method: 'POST',
    path: '/v1/players',
    body: {
      username: 'valid-name',
      email: 'valid@example.com',
      password: 'correct horse',
      deviceId: 'device-0123456789',
      level: 1,
      experience: 0,
      gold: 0,
    },
    required: ['username', 'email'],
  },
  {
    method: 'GET',
    path: '/v1/players',
    query: {
      ...paging,
      minLevel: levels,
      maxLevel: levels,
      usernamePrefix: ['', TOO_LONG, '%00'],
      email: ['', TOO_LONG, 'a%00@b.c'],
    },
  },
  { method: 'GET', path: '/v1/players/1' },
  {
    method: 'PATCH',
    path: '/v1/players/1',
    body: {
      username: 'valid-name',
      email: 'valid@example.com',
      password: 'correct horse',
      level: 2,
      experience: 0,
    },
  },
  { method: 'DELETE', path: '/v1/players/1' },
  { method: 'POST', path: '/v1/players/1/restore' },
  {
    method: 'POST',
    path: '/v1/players/1/gold',
    body: { amount: 5, reason: 'QUEST', reference: 'quest-1', description: 'A quest' },
    required: ['amount', 'reason'],
  },
  { method: 'GET', path: '/v1/players/1/ledger', query: paging },
  {
    method: 'POST',
    path: '/v1/transfers',
    body: {
      fromPlayerId: '1',
      toPlayerId: '2',
      amount: 5,
      reason: 'TRADE',
      reference: 'trade-1',
      description: 'A trade',
    },
    required: ['fromPlayerId', 'toPlayerId', 'amount', 'reason'],
  },
  {
    method: 'POST',
    path: '/v1/sessions',
    body: { username: 'valid-name', password: 'correct horse' },
    required: ['username', 'password'],
  },
  {
    method: 'POST',
    path: '/v1/sessions/refresh',
    body: { refreshToken: 'hpr_x' },
    required: ['refreshToken'],
  },
  { method: 'GET', path: '/v1/sessions' },
  { method: 'DELETE', path: '/v1/sessions', query: { everywhere: ['maybe', ''] } },
  {
    method: 'POST',
    path: '/v1/rewards',
    body: {
      minLevel: 5,
      maxLevel: 9,
      gold: 5,
      reason: 'GOLD_BONUS',
      reference: 'bonus-1',
      description: 'A bonus',
    },
    required: ['gold', 'reason'],
  },
  { method: 'GET', path: '/v1/game-log', query: { ...paging, event: ['lower', TOO_LONG, INJECTION] } },
  { method: 'GET', path: '/v1/players/1/data' },
  { method: 'PUT', path: '/v1/players/1/data', body: { hat: 'gat' }, open: true },
  { method: 'PATCH', path: '/v1/players/1/data', body: { hat: 'gat' }, open: true },
  { method: 'GET', path: '/v1/rewards', query: { ...paging, status: ['DONE', '', INJECTION] } },
  { method: 'GET', path: '/v1/rewards/1' },
  { method: 'POST', path: '/v1/rewards/1/reversal', body: { description: 'A mistake' } },
  {
    method: 'POST',
    path: '/v1/api-keys',
    body: { name: 'match server', scopes: ['gold:write'], expiresAt: '2030-01-31T12:00:00.000Z' },
    required: ['name', 'scopes'],
  },
  { method: 'GET', path: '/v1/api-keys', query: paging },
  { method: 'DELETE', path: '/v1/api-keys/1' },
  { method: 'GET', path: '/v1/audit' },
];

/** Whether an answer is a problem document of this status that names the field at fault; if not, why. */
export function faults(reply: Reply, status: number, field: string | undefined): string[] {
  if (reply.status !== status) return [`status ${reply.status}: ${JSON.stringify(reply.body)}`];
  const problem = problemOf(reply);
  const found: string[] = [];
  if (!String(reply.headers['content-type']).startsWith('application/problem+json'))
    found.push('content type');
  if (problem.status !== status || problem.type !== `urn:hanok:problem:${problem.code}`) found.push('type');
  const errors = problem.errors ?? [];
  const named = errors.some((error) => error.field === field || error.field.startsWith(`${field}.`));
  if (field !== undefined && !named) found.push(`names ${JSON.stringify(errors)}`);
  if (errors.some(({ rule }) => rule === '')) found.push('an error without a rule');
  return found;
}
