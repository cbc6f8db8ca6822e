import { describe, expect, it } from 'vitest';
import { sharedApp } from '../support/open-app.ts';

interface BadRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly url: string;
  readonly body?: unknown;
  readonly status?: number;
  readonly field: string;
  readonly rule: string;
}

const score = (body: unknown) => ({ method: 'POST', url: '/v1/leaderboards/b/scores', body }) as const;
const message = (body: unknown) => ({ method: 'POST', url: '/v1/chat/c/messages', body }) as const;
const counter = (body: unknown) => ({ method: 'POST', url: '/v1/counters/c', body }) as const;
const session = (body: unknown) => ({ method: 'POST', url: '/v1/sessions', body }) as const;
const endSessions = (before: string) =>
  ({ method: 'DELETE', url: `/v1/sessions?playerId=42&before=${before}` }) as const;
const cached = (body: unknown) => ({ method: 'PUT', url: '/v1/cache/players/1', body }) as const;
const invalidation = (body: unknown) => ({ method: 'POST', url: '/v1/invalidations', body }) as const;
const get = (url: string) => ({ method: 'GET', url }) as const;

const badRequests: readonly BadRequest[] = [
  { ...score({ playerId: '1' }), field: 'body.score', rule: 'required' },
  { ...score({ playerId: '1', score: '5' }), field: 'body.score', rule: 'type' },
  { ...score({ playerId: '1', score: 1.5 }), field: 'body.score', rule: 'type' },
  { ...score({ playerId: '1', score: 2 ** 53 }), field: 'body.score', rule: 'maximum' },
  { ...score({ playerId: '1', score: -(2 ** 53) }), field: 'body.score', rule: 'minimum' },
  { ...score({ playerId: '1', score: null }), field: 'body.score', rule: 'type' },
  { ...score({ score: 1 }), field: 'body.playerId', rule: 'required' },
  { ...score({ playerId: 1, score: 1 }), field: 'body.playerId', rule: 'type' },
  { ...score({ playerId: "1'; DROP TABLE players; --", score: 1 }), field: 'body.playerId', rule: 'pattern' },
  { ...score({ playerId: '1:2', score: 1 }), field: 'body.playerId', rule: 'pattern' },
  { ...score({ playerId: '', score: 1 }), field: 'body.playerId', rule: 'pattern' },
  { ...score({ playerId: 'x'.repeat(65), score: 1 }), field: 'body.playerId', rule: 'pattern' },
  { ...score({ playerId: '1', score: 1, admin: true }), field: 'body.admin', rule: 'additionalProperties' },
  { ...score([]), field: 'body', rule: 'type' },
  { ...score('text'), field: 'body', rule: 'type' },
  { ...score(undefined), field: 'body', rule: 'type' },
  {
    ...score({ playerId: '1', score: 1 }),
    url: '/v1/leaderboards/a%20b/scores',
    field: 'params.name',
    rule: 'pattern',
  },
  {
    ...score({ playerId: '1', score: 1 }),
    url: '/v1/leaderboards/%7Bb%7D/scores',
    field: 'params.name',
    rule: 'pattern',
  },
  {
    ...score({ playerId: '1', score: 1 }),
    url: '/v1/leaderboards/*/scores',
    field: 'params.name',
    rule: 'pattern',
  },
  {
    ...score({ playerId: '1', score: 1 }),
    url: `/v1/leaderboards/${'x'.repeat(65)}/scores`,
    field: 'params.name',
    rule: 'pattern',
  },
  {
    ...score({ scores: [] }),
    url: '/v1/leaderboards/b/scores/batch',
    field: 'body.scores',
    rule: 'minItems',
  },
  {
    ...score({ scores: Array.from({ length: 1_001 }, () => ({ playerId: '1', score: 1 })) }),
    url: '/v1/leaderboards/b/scores/batch',
    field: 'body.scores',
    rule: 'maxItems',
  },
  {
    ...score({ scores: [{ playerId: '1', score: 'x' }] }),
    url: '/v1/leaderboards/b/scores/batch',
    field: 'body.scores.0.score',
    rule: 'type',
  },
  { ...get('/v1/leaderboards/b?limit=0'), field: 'query.limit', rule: 'minimum' },
  { ...get('/v1/leaderboards/b?limit=1001'), field: 'query.limit', rule: 'maximum' },
  { ...get('/v1/leaderboards/b?limit=ten'), field: 'query.limit', rule: 'type' },
  { ...get('/v1/leaderboards/b?cursor=5'), field: 'query.cursor', rule: 'pattern' },
  { ...get('/v1/leaderboards/b?cursor=r0'), field: 'query.cursor', rule: 'pattern' },
  { ...get('/v1/leaderboards/b?page=2'), field: 'query.page', rule: 'additionalProperties' },
  { ...get('/v1/leaderboards/b/players/a%00b'), field: 'params.playerId', rule: 'pattern' },
  { ...get('/v1/leaderboards/b/players'), field: 'query.ids', rule: 'required' },
  { ...get('/v1/leaderboards/b/players?ids=1,,2'), field: 'query.ids', rule: 'pattern' },
  { ...get('/v1/leaderboards/b/players/1/around?radius=101'), field: 'query.radius', rule: 'maximum' },
  {
    ...score({ operator: 'mean' }),
    method: 'PUT',
    url: '/v1/leaderboards/b/definition',
    field: 'body.operator',
    rule: 'const',
  },
  { ...message({ playerId: '1' }), field: 'body.text', rule: 'required' },
  { ...message({ text: 'x' }), field: 'body.playerId', rule: 'required' },
  { ...message({ playerId: '1', text: '' }), field: 'body.text', rule: 'minLength' },
  { ...message({ playerId: '1', text: 'x'.repeat(501) }), field: 'body.text', rule: 'maxLength' },
  { ...message({ playerId: '1', text: 5 }), field: 'body.text', rule: 'type' },
  {
    ...message({ playerId: '1', text: 'x', channel: 'd' }),
    field: 'body.channel',
    rule: 'additionalProperties',
  },
  { ...get('/v1/chat/c/messages?limit=101'), field: 'query.limit', rule: 'maximum' },
  { ...get('/v1/chat/c/messages?before=yesterday'), field: 'query.before', rule: 'pattern' },
  { ...get('/v1/chat/c/messages?after=1-1%20COUNT'), field: 'query.after', rule: 'pattern' },
  { ...get('/v1/chat/c/messages?before=1-1&after=1-1'), field: 'after', rule: 'exclusive' },
  { ...get('/v1/chat/a%0Ab/messages'), field: 'params.channel', rule: 'pattern' },
  { ...counter({ by: '1' }), field: 'body.by', rule: 'type' },
  { ...counter({ by: 0.5 }), field: 'body.by', rule: 'type' },
  { ...counter({ by: 1e300 }), field: 'body.by', rule: 'maximum' },
  { ...counter({ amount: 1 }), field: 'body.amount', rule: 'additionalProperties' },
  { ...get('/v1/counters/a%7Db'), field: 'params.name', rule: 'pattern' },
  { ...get('/v1/counters/c/windows?unit=year'), field: 'query.unit', rule: 'const' },
  { ...get('/v1/counters/c/windows?last=61'), field: 'query.last', rule: 'maximum' },
  { ...get('/v1/counters/c/windows?unit=day&last=32'), field: 'last', rule: 'maximum' },
  { ...session({}), field: 'body.playerId', rule: 'required' },
  { ...session({ playerId: '../../etc' }), field: 'body.playerId', rule: 'pattern' },
  { ...session({ playerId: '1', device: 'x'.repeat(101) }), field: 'body.device', rule: 'maxLength' },
  {
    ...session({ token: 'x'.repeat(201) }),
    url: '/v1/sessions/validations',
    field: 'body.token',
    rule: 'maxLength',
  },
  { ...get('/v1/sessions'), field: 'query.playerId', rule: 'required' },
  { ...endSessions('yesterday'), field: 'query.before', rule: 'format' },
  { ...endSessions('1790000000000'), field: 'query.before', rule: 'format' },
  { ...endSessions('2026-02-30T00:00:00Z'), field: 'query.before', rule: 'format' },
  { ...endSessions('2016-12-31T23:59:60Z'), field: 'query.before', rule: 'pattern' },
  { method: 'DELETE', url: '/v1/sessions/42/short', field: 'params.sessionId', rule: 'pattern' },
  { ...cached({}), field: 'body.player', rule: 'required' },
  { ...cached({ player: [] }), field: 'body.player', rule: 'type' },
  { ...cached({ player: {}, ttlSeconds: 0 }), field: 'body.ttlSeconds', rule: 'minimum' },
  { ...cached({ player: {} }), url: '/v1/cache/players/a:b', field: 'params.id', rule: 'pattern' },
  { ...invalidation({}), field: 'body', rule: 'oneOf' },
  { ...invalidation({ pattern: '*' }), field: 'body.pattern', rule: 'pattern' },
  { ...invalidation({ pattern: 'player:[a-z]' }), field: 'body.pattern', rule: 'pattern' },
  { ...invalidation({ pattern: `player:${'*a'.repeat(200)}` }), field: 'body.pattern', rule: 'pattern' },
  {
    method: 'POST',
    url: '/v1/store/operations',
    body: { operations: [] },
    field: 'body.operations',
    rule: 'minItems',
  },
  {
    method: 'POST',
    url: '/v1/store/operations',
    body: { operations: [{ name: 'get', keys: [], args: [] }] },
    field: 'body.operations.0.keys',
    rule: 'minItems',
  },
  {
    method: 'POST',
    url: '/v1/store/operations',
    body: { operations: [{ name: 'get', keys: ['k'], args: [5] }] },
    field: 'body.operations.0.args.0',
    rule: 'type',
  },
];

const app = sharedApp();

describe('bad input is refused with a problem that names field and rule', () => {
  it.each(badRequests)(
    '$method $url: $field $rule',
    async ({ method, url, body, status = 400, field, rule }) => {
      const { server, cache } = app();
      const answer = await server.inject({
        method,
        url,
        ...(body === undefined
          ? {}
          : { payload: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
      });
      expect(answer.statusCode).toBe(status);
      expect(answer.headers['content-type']).toContain('application/problem+json');
      expect(answer.json()).toMatchObject({ code: 'validation_failed', retryable: false });
      expect(answer.json<{ errors: unknown[] }>().errors).toContainEqual(
        expect.objectContaining({ field, rule }),
      );
      expect(await cache.leaderboards.describe('b')).toMatchObject({ total: 0 });
      expect((await cache.chat.read('c')).messages).toEqual([]);
      expect(await cache.counters.read('c')).toBe(0);
      expect(await cache.playerEntries.read('1')).toBeUndefined();
    },
  );

  it.each([
    ['no JSON', '{"by":', 400],
    ['bad UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), 400],
    ['a prototype', '{"__proto__":{"by":1}}', 400],
    ['a number beyond numbers', '{"by":1e999}', 400],
    ['a megabyte', JSON.stringify({ by: 1, pad: 'x'.repeat(1_048_576) }), 413],
    ['another media type', '<by>1</by>', 415],
  ])('a body of %s', async (what, payload, status) => {
    const { server, cache } = app();
    const contentType = what === 'another media type' ? 'application/xml' : 'application/json';
    const answer = await server.inject({
      method: 'POST',
      url: '/v1/counters/c',
      payload,
      headers: { 'content-type': contentType },
    });
    expect(answer.statusCode).toBe(status);
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect(await cache.counters.read('c')).toBe(0);
  });

  it.each([
    ['GET', '/v1/nothing', 404],
    ['PATCH', '/v1/counters/c', 405],
    ['PUT', '/v1/chat/c/messages', 405],
    ['GET', '/v1/store/operations', 405],
    ['GET', '/v1/counters/%E0%A4%A', 400],
  ] as const)('%s %s answers %i', async (method, url, status) => {
    const { server } = app();
    const answer = await server.inject({ method, url });
    expect(answer.statusCode).toBe(status);
    expect(answer.headers['content-type']).toContain('application/problem+json');
  });

  it('an operation that does not exist is refused alone', async () => {
    const { server } = app();
    const operations = [
      { name: 'flushall', keys: ['k'], args: [] },
      { name: 'increment', keys: ['k'], args: ['1'] },
    ];
    const answer = await server.inject({
      method: 'POST',
      url: '/v1/store/operations',
      payload: { operations },
    });
    expect(answer.json()).toMatchObject({
      results: [{ error: { code: 'invalid', field: 'name' } }, { reply: 1 }],
    });
  });
});
