import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  eventually,
  freePort,
  startOtlpCollector,
  startPostgres,
  startProcess,
  startRedis,
  temporaryFolder,
  type CollectedSpan,
} from '@hanok/testkit';
import { expect, it } from 'vitest';
import { sendTo, startService } from './support/service-process.ts';

const mainOf = (app: string) => fileURLToPath(new URL(`../../${app}/src/main.ts`, import.meta.url));

/** The spans above one, from its parent to the root of the trace. */
function ancestors(
  spans: readonly CollectedSpan[],
  { traceId, parentSpanId }: CollectedSpan,
): CollectedSpan[] {
  const parent = spans.find((span) => span.traceId === traceId && span.spanId === parentSpanId);
  return parent === undefined ? [] : [parent, ...ancestors(spans, parent)];
}

const path = (spans: readonly CollectedSpan[], span: CollectedSpan) =>
  [span, ...ancestors(spans, span)].map(({ service, name }) => `${service}: ${name}`).toReversed();

it('is one trace from the request of a game to the database, the cache-service and its Redis', async () => {
  await using folder = temporaryFolder();
  await using collector = await startOtlpCollector();
  await using redis = await startRedis();
  const traced = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, LOG_LEVEL: 'warn' };
  const cachePort = await freePort();
  const cacheUrl = `http://127.0.0.1:${cachePort}`;
  await using cache = await startProcess({
    args: [mainOf('cache-service')],
    env: { ...traced, PORT: String(cachePort), CACHE_URL: redis.url },
    readyUrl: `${cacheUrl}/readyz`,
    readyTimeoutMs: 60_000,
  });
  const databaseUrl = `sqlite:${join(folder.path, 'hanok.db')}`;
  await using service = await startService({ ...traced, DATABASE_URL: databaseUrl, CACHE_URL: cacheUrl });
  const [gamePort, adminPort] = [await freePort(), await freePort()];
  await using proxy = await startProcess({
    args: [mainOf('lb-proxy')],
    env: {
      ...traced,
      PORT: String(adminPort),
      LISTEN: `127.0.0.1:${gamePort}`,
      BACKENDS: `p1@127.0.0.1:${service.port}`,
      WORKERS: '1',
    },
    readyUrl: `http://127.0.0.1:${gamePort}/readyz`,
    readyTimeoutMs: 60_000,
  });

  const gameUrl = `http://127.0.0.1:${gamePort}`;
  const traceId = '0af7651916cd43dd8448eb211c80319c';
  const headers = { traceparent: `00-${traceId}-b7ad6b7169203331-01`, connection: 'close' };
  const body = { username: 'mina', email: 'mina@example.com', password: 'correct horse', gold: 5 };
  const created = await sendTo(gameUrl, 'POST', '/v1/players', { body, headers });
  expect(created.status).toBe(201);
  const { id } = created.body as { id: string };
  expect((await sendTo(gameUrl, 'GET', `/v1/players/${id}`, { headers })).status).toBe(200);

  // A stop sends what is held back.
  for (const child of [proxy, service.child, cache]) child.kill('SIGTERM');
  await Promise.all([proxy, service.child, cache].map((child) => child.exited));

  const { spans } = collector;
  await eventually(() => spans.some(({ service: name }) => name === 'cache-service'));
  const ofGame = spans.filter((span) => span.traceId === traceId);
  const paths = ofGame.map((span) => path(ofGame, span).join(' > '));
  const get = 'player-service: GET /v1/players/:id';
  expect(paths).toContain('player-service: POST /v1/players');
  expect(paths).toContainEqual(
    expect.stringMatching(
      /^player-service: POST \/v1\/players > player-service: transaction > .*INSERT players$/u,
    ),
  );
  expect(paths).toContainEqual(
    expect.stringMatching(new RegExp(`^${get} > .*players\\.findById.* > .*SELECT players$`, 'u')),
  );
  expect(paths).toContainEqual(
    expect.stringMatching(
      new RegExp(
        `^${get} > .*cache \\S+ > .*POST > cache-service: POST /v1/store/operations > .*cache \\S+ > .*redis \\S+$`,
        'u',
      ),
    ),
  );
  // Whoever reads traces learns nothing about players from them.
  expect(JSON.stringify(spans)).not.toMatch(/mina|correct horse/u);

  const connections = spans.filter(({ service: name }) => name === 'lb-proxy');
  expect(connections.filter(({ name }) => name === 'connection').map(({ events }) => events)).toContainEqual([
    'backend-chosen',
    'connected',
    'ended',
  ]);
}, 180_000);

it('names statements on PostgreSQL by the semantic conventions, without a value of theirs', async () => {
  await using collector = await startOtlpCollector();
  await using postgres = await startPostgres();
  const service = await startService({
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    DATABASE_URL: await postgres.createDatabase(),
    CACHE_URL: 'memory:',
  });
  await using child = service.child;
  const body = { username: 'mina', email: 'mina@example.com', deviceId: 'a-device-of-mina', gold: 5 };
  const { status, body: created } = await service.send('POST', '/v1/players', { body });
  expect(status).toBe(201);
  const { id, version } = created as { id: string; version: number };
  const ifMatch = { headers: { 'if-match': `"${version}"` } };
  expect((await service.send('PATCH', `/v1/players/${id}`, { body: { level: 7 }, ...ifMatch })).status).toBe(
    200,
  );
  expect((await service.send('GET', `/v1/players/${id}/ledger`)).status).toBe(200);
  child.kill('SIGTERM');
  await child.exited;

  const { spans } = collector;
  const statements = spans.filter(({ attributes }) => attributes['db.query.text'] !== undefined);
  const paths = statements.map((span) => path(spans, span).join(' > '));
  for (const expected of [
    /^player-service: POST \/v1\/players > .*transaction > .*INSERT players$/u,
    /^player-service: PATCH \/v1\/players\/:id > .*UPDATE players$/u,
    /^player-service: GET \/v1\/players\/:id\/ledger > .*SELECT \w+$/u,
  ])
    expect(paths).toContainEqual(expect.stringMatching(expected));
  for (const { name, attributes } of statements) {
    expect(attributes, name).toMatchObject({ 'db.system.name': 'postgresql' });
    const operation = String(attributes['db.operation.name']);
    expect(String(attributes['db.query.text']).toUpperCase()).toMatch(new RegExp(`^${operation}\\b`, 'u'));
    const { 'db.collection.name': table } = attributes;
    expect(name).toBe(table === undefined ? operation : `${operation} ${table}`);
  }
  expect(statements.some(({ attributes }) => String(attributes['db.query.text']).includes('$1'))).toBe(true);
  expect(JSON.stringify(spans)).not.toMatch(/mina|a-device/u);
}, 180_000);
