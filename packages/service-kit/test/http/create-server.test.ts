import { Type } from 'typebox';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createServer,
  currentRequestId,
  isAdmin,
  Problem,
  requireAdmin,
  type HanokServer,
} from '../../src/index.ts';

class OutOfStock extends Error {}

let server: HanokServer;
let ready = true;

beforeAll(async () => {
  server = await createServer({
    name: 'sample',
    description: 'A service for tests',
    host: '127.0.0.1',
    adminToken: 'correct-token',
    bodyLimitBytes: 1_000,
    readiness: async () => ({ database: ready ? { ok: true } : { ok: false, detail: 'away' } }),
    mapError: (error) =>
      error instanceof OutOfStock ? new Problem(409, 'out_of_stock', 'None left') : undefined,
  });
  server.post(
    '/things/:id',
    {
      schema: {
        params: Type.Object({ id: Type.Integer({ minimum: 1 }) }),
        querystring: Type.Object(
          { limit: Type.Optional(Type.Integer({ maximum: 10 })) },
          { additionalProperties: false },
        ),
        body: Type.Object(
          {
            name: Type.String({ minLength: 1, maxLength: 5 }),
            count: Type.Optional(Type.Integer({ minimum: 0 })),
          },
          { additionalProperties: false },
        ),
      },
    },
    (request) => ({ id: request.params.id, name: request.body.name, requestId: currentRequestId() }),
  );
  server.get('/domain-error', () => Promise.reject(new OutOfStock()));
  server.get('/defect', () => Promise.reject(new Error('secret detail')));
  server.get('/admin', { preHandler: requireAdmin }, (request) => ({ admin: isAdmin(request) }));
  await server.ready();
});
afterAll(() => server.close());

async function post(payload: string | Buffer, options: { url?: string; type?: string } = {}) {
  const answer = await server.inject({
    method: 'POST',
    url: options.url ?? '/things/1',
    headers: { 'content-type': options.type ?? 'application/json' },
    payload,
  });
  return {
    status: answer.statusCode,
    type: answer.headers['content-type'],
    body: answer.json<Record<string, unknown>>(),
  };
}

describe('bad input', () => {
  it.each([
    ['a wrong type', '{"name":5}', 'body.name', 'type'],
    ['no coercion of text to number', '{"name":"a","count":"5"}', 'body.count', 'type'],
    ['a missing field', '{}', 'body.name', 'required'],
    ['an unknown field', '{"name":"a","x":1}', 'body.x', 'additionalProperties'],
    ['a long value', '{"name":"abcdef"}', 'body.name', 'maxLength'],
    ['a negative number', '{"name":"a","count":-1}', 'body.count', 'minimum'],
    ['a huge number', '{"name":"a","count":1e400}', 'body.count', 'type'],
    ['an array', '[]', 'body', 'type'],
    ['broken JSON', '{"name":', 'body', 'json'],
    ['an empty body', '', 'body', 'encoding|required|type|json'],
    ['a prototype key', '{"__proto__":{"a":1},"name":"a"}', 'body', 'json'],
    ['a NUL character', String.raw`{"name":"a\u0000"}`, 'body.name', 'text'],
    ['half a surrogate pair', String.raw`{"name":"\ud800"}`, 'body.name', 'text'],
    ['a body over the limit', `{"name":"${'a'.repeat(2_000)}"}`, 'body', 'maxSize'],
    ['invalid UTF-8', Buffer.from([0x7b, 0xff, 0x7d]), 'body', 'encoding'],
  ])('%s is refused with its field and rule', async (_case, payload, field, rule) => {
    const { status, type, body } = await post(payload);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
    expect(type).toMatch('application/problem+json');
    const [error] = body['errors'] as { field: string; rule: string }[];
    expect(error?.field).toBe(field);
    expect(error?.rule).toMatch(new RegExp(`^(${rule})$`));
  });

  it('reports all violations together', async () => {
    const { body } = await post('{"count":-1,"x":1}', { url: '/things/0?limit=11' });
    expect(body['status']).toBe(400);
    expect(body['code']).toBe('validation_failed');
  });

  it('checks parameters and query with their names', async () => {
    expect((await post('{"name":"a"}', { url: '/things/0' })).body['errors']).toMatchObject([
      { field: 'params.id', rule: 'minimum' },
    ]);
    expect((await post('{"name":"a"}', { url: '/things/1?limit=99' })).body['errors']).toMatchObject([
      { field: 'query.limit', rule: 'maximum' },
    ]);
    expect((await post('{"name":"a"}', { url: '/things/1?nope=1' })).body['errors']).toMatchObject([
      { field: 'query.nope' },
    ]);
  });

  it.each(['1e999', '-1e999', 'NaN', '1.5', ''])('takes %j in the query for no integer', async (text) => {
    const { status, body } = await post('{"name":"a"}', { url: `/things/1?limit=${text}` });
    expect(status).toBe(400);
    expect(body['errors']).toMatchObject([{ field: 'query.limit', rule: 'type' }]);
  });

  it('refuses other media types and broken paths', async () => {
    expect((await post('a=b', { type: 'application/x-www-form-urlencoded' })).status).toBe(415);
    expect((await post('{"name":"a"}', { url: '/things/%ff' })).status).toBe(400);
  });

  it('tells an unknown route from a wrong method', async () => {
    expect((await server.inject('/nowhere')).json()).toMatchObject({ status: 404, code: 'not_found' });
    const wrong = await server.inject({ method: 'DELETE', url: '/things/1' });
    expect(wrong.json()).toMatchObject({ status: 405, code: 'method_not_allowed' });
    expect(wrong.headers['allow']).toBe('POST');
  });
});

describe('errors', () => {
  it('maps domain errors and hides defects', async () => {
    expect((await server.inject('/domain-error')).json()).toMatchObject({
      status: 409,
      code: 'out_of_stock',
    });
    const defect = await server.inject('/defect');
    expect(defect.json()).toMatchObject({ status: 500, code: 'internal_error' });
    expect(defect.body).not.toContain('secret detail');
  });
});

describe('request ids', () => {
  it('carries a sane id through the handler and back', async () => {
    const answer = await server.inject({
      method: 'POST',
      url: '/things/1',
      headers: { 'x-request-id': 'abc-1' },
      payload: { name: 'a' },
    });
    expect(answer.json()).toMatchObject({ requestId: 'abc-1' });
    expect(answer.headers['x-request-id']).toBe('abc-1');
  });
  it('replaces one that could forge log lines', async () => {
    const answer = await server.inject({ url: '/healthz', headers: { 'x-request-id': 'a b\tc' } });
    expect(answer.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe('admin routes', () => {
  it('answer 401 without, 403 with wrong and 200 with the right credential', async () => {
    expect((await server.inject('/admin')).statusCode).toBe(401);
    expect(
      (await server.inject({ url: '/admin', headers: { authorization: 'Bearer wrong' } })).statusCode,
    ).toBe(403);
    expect(
      (await server.inject({ url: '/admin', headers: { authorization: 'Bearer correct-token' } })).json(),
    ).toEqual({ admin: true });
  });
});

describe('operations', () => {
  it('serves health, metrics with bounded labels, and an OpenAPI 3.1 document', async () => {
    expect((await server.inject('/healthz')).json()).toEqual({ status: 'ok' });
    await server.inject('/some/unknown/path');
    const metrics = (await server.inject('/metrics')).body;
    expect(metrics).toContain(
      'http_request_duration_seconds_count{method="POST",route="/things/:id",status="4xx"}',
    );
    expect(metrics).toContain('route="unknown"');
    expect(metrics).not.toContain('/some/unknown/path');
    const document = (await server.inject('/docs/json')).json<{ openapi: string; paths: object }>();
    expect(document.openapi).toBe('3.1.0');
    expect(Object.keys(document.paths)).toContain('/things/{id}');
    expect((await server.inject('/docs/')).statusCode).toBe(200);
  });

  it('tells readiness by check, and is not ready once it stops', async () => {
    expect((await server.inject('/readyz')).json()).toEqual({
      status: 'ready',
      checks: { database: { ok: true } },
    });
    ready = false;
    expect((await server.inject('/readyz')).json()).toMatchObject({
      status: 'not_ready',
      checks: { database: { detail: 'away' } },
    });
    ready = true;
    server.beginStop();
    expect((await server.inject('/readyz')).statusCode).toBe(503);
  });
});
