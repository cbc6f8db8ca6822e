import { describe, expect, it } from 'vitest';
import { databaseKinds, startTestApp } from './support/test-app.ts';

interface Operation {
  readonly summary?: string;
  readonly tags?: readonly string[];
  readonly responses: Readonly<Record<string, { readonly description?: string; readonly content?: object }>>;
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema?: unknown }>> };
  readonly parameters?: readonly {
    readonly name: string;
    readonly description?: string;
    readonly schema?: object;
  }[];
}

interface ApiDocument {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

function isApiDocument(body: unknown): body is ApiDocument {
  return typeof body === 'object' && body !== null && 'paths' in body && 'openapi' in body;
}

async function readDocument(): Promise<ApiDocument> {
  const [sqlite] = databaseKinds;
  if (sqlite === undefined) throw new Error('SQLite is always there');
  await using database = await sqlite.create();
  await using app = await startTestApp({ databaseUrl: database.url });
  const { body } = await app.send('GET', '/docs/json');
  if (!isApiDocument(body)) throw new Error('no OpenAPI document');
  return body;
}

describe('the API document', () => {
  it('describes every route with its refusals, its parameters and examples of its bodies', async () => {
    const document = await readDocument();
    expect(document.openapi).toBe('3.1.0');
    const operations = Object.entries(document.paths)
      // Leaderboards, chat and counters come from cache-client, which documents and tests them itself.
      .filter(([path]) => path.startsWith('/v1/') && !/chat|leaderboards|counters/u.test(path))
      .flatMap(([path, methods]) =>
        Object.entries(methods).map(([method, operation]) => ({
          name: `${method.toUpperCase()} ${path}`,
          ...operation,
        })),
      );
    expect(operations.map(({ name }) => name).toSorted()).toEqual([
      'DELETE /v1/api-keys/{id}',
      'DELETE /v1/players/{id}',
      'DELETE /v1/players/{id}/devices/{device}',
      'DELETE /v1/sessions',
      'DELETE /v1/webhook-endpoints/{id}',
      'GET /v1/api-keys',
      'GET /v1/audit',
      'GET /v1/game-log',
      'GET /v1/players',
      'GET /v1/players/{id}',
      'GET /v1/players/{id}/balances',
      'GET /v1/players/{id}/data',
      'GET /v1/players/{id}/devices',
      'GET /v1/players/{id}/ledger',
      'GET /v1/rewards',
      'GET /v1/rewards/{id}',
      'GET /v1/rewards/{id}/stream',
      'GET /v1/sessions',
      'GET /v1/webhook-deliveries',
      'GET /v1/webhook-endpoints',
      'GET /v1/webhook-endpoints/{id}',
      'PATCH /v1/players/{id}',
      'PATCH /v1/players/{id}/data',
      'PATCH /v1/webhook-endpoints/{id}',
      'POST /v1/api-keys',
      'POST /v1/batch',
      'POST /v1/players',
      'POST /v1/players/{id}/balances/{currency}',
      'POST /v1/players/{id}/devices',
      'POST /v1/players/{id}/gold',
      'POST /v1/players/{id}/restore',
      'POST /v1/rewards',
      'POST /v1/rewards/{id}/reversal',
      'POST /v1/sessions',
      'POST /v1/sessions/refresh',
      'POST /v1/transfers',
      'POST /v1/webhook-deliveries/{id}/redelivery',
      'POST /v1/webhook-endpoints',
      'POST /v1/webhook-endpoints/{id}/redelivery',
      'POST /v1/webhook-endpoints/{id}/secret',
      'PUT /v1/players/{id}/data',
    ]);
    for (const { name, summary, tags, responses, requestBody, parameters = [] } of operations) {
      expect(summary, name).toBeTruthy();
      expect(tags, name).toHaveLength(1);
      expect(
        Object.keys(responses).filter((status) => status.startsWith('2')),
        name,
      ).not.toEqual([]);
      for (const status of ['400', '503']) expect(responses[status], `${name} ${status}`).toBeDefined();
      for (const [status, { description, content }] of Object.entries(responses)) {
        expect(description, `${name} ${status}`).not.toBe('Default Response');
        const types = Number(status) >= 400 ? ['application/problem+json'] : Object.keys(content ?? {});
        expect(Object.keys(content ?? {}), name).toEqual(types);
        const shown = Number(status) < 300 && content !== undefined ? JSON.stringify(content) : '"example"';
        expect(shown, `${name} ${status}`).toMatch(/"examples?"/u);
      }
      for (const { name: parameter, description, schema } of parameters) {
        expect(description ?? Object.keys(schema ?? {}).join(), `${name} ${parameter}`).toBeTruthy();
      }
      const body = requestBody === undefined ? '"example"' : JSON.stringify(requestBody);
      expect(body, name).toMatch(/"examples?"/u);
    }
  });
});
