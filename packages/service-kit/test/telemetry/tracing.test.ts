import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createHttpClient, createServer, type HanokServer } from '../../src/index.ts';
import { createOpenTelemetry } from '../../src/telemetry/open-telemetry.ts';
import { startTracing } from '../../src/telemetry/start-tracing.ts';
import { currentTracer, useTracer, type Tracer } from '../../src/telemetry/tracer.ts';
// By its path: testkit depends on this package.
import { startOtlpCollector, type OtlpCollector } from '../../../testkit/src/otlp-collector.ts';

let collector: OtlpCollector;
let tracer: Tracer;
let server: HanokServer;
let url: string;

beforeEach(async () => {
  collector = await startOtlpCollector();
  tracer = createOpenTelemetry({
    name: 'sample',
    instance: 'sample-1',
    endpoint: collector.url,
    ratio: 1,
    delayMs: 10,
  });
  useTracer(tracer);
  server = await createServer({ name: 'sample', description: 'For tests', host: '127.0.0.1' });
  const client = () => createHttpClient({ baseUrls: [url] });
  server.get('/outer', async () => {
    await tracer.span({ name: 'work', kind: 'internal' }, async (span) => {
      span.event('half done', { share: 0.5 });
      await client().call({ method: 'POST', path: '/inner?secret=1', body: { a: 1 } });
    });
    return { place: tracer.place() };
  });
  server.post('/inner', () => ({ place: tracer.place() }));
  server.get('/broken', () => {
    throw new Error('a defect');
  });
  url = await server.listen({ host: '127.0.0.1', port: 0 });
});

afterEach(async () => {
  useTracer(undefined);
  await server.close();
  await tracer.close();
  await collector[Symbol.asyncDispose]();
});

const collected = async () => {
  await tracer.close();
  return collector.spans;
};

describe('a traced request', { timeout: 60_000 }, () => {
  it('is one trace through both services, and continues the one of its caller', async () => {
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    const traceparent = `00-${traceId}-b7ad6b7169203331-01`;
    const answer = (await (await fetch(`${url}/outer`, { headers: { traceparent } })).json()) as {
      place: unknown;
    };
    const spans = await collected();
    expect(new Set(spans.map((span) => span.traceId))).toEqual(new Set([traceId]));
    const [inner, call, work, outer] = ['POST /inner', 'POST', 'work', 'GET /outer'].map((name) =>
      spans.find((span) => span.name === name),
    );
    expect(outer?.parentSpanId).toBe('b7ad6b7169203331');
    expect(work?.parentSpanId).toBe(outer?.spanId);
    expect(call?.parentSpanId).toBe(work?.spanId);
    expect(inner?.parentSpanId).toBe(call?.spanId);
    expect(answer.place).toMatchObject({ traceId, spanId: outer?.spanId });
    expect(work?.events).toEqual(['half done']);
    expect(call?.attributes).toMatchObject({ 'url.path': '/inner', 'http.response.status_code': 200 });
    expect(JSON.stringify(spans)).not.toContain('secret');
  });

  it('fails with a 5xx, not with a refusal', async () => {
    await fetch(`${url}/broken`);
    await fetch(`${url}/inner`, {
      method: 'POST',
      body: '{',
      headers: { 'content-type': 'application/json' },
    });
    const spans = await collected();
    expect(spans.find(({ name }) => name === 'GET /broken')?.failed).toBe(true);
    expect(spans.find(({ name }) => name === 'POST /inner')?.failed).toBe(false);
  });

  it('is not recorded for health checks, unknown paths, and where the caller has decided against it', async () => {
    await fetch(`${url}/healthz`);
    await fetch(`${url}/metrics`);
    await fetch(`${url}/nowhere`);
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00';
    await fetch(`${url}/outer`, { headers: { traceparent } });
    expect(await collected()).toEqual([]);
  });
});

describe('a log line', () => {
  it('names its place in the trace, in JSON', async () => {
    const folder = new URL('../../src/', import.meta.url).href;
    const program = `
      import { createLogger } from '${folder}logging.ts';
      import { startTracing } from '${folder}telemetry/start-tracing.ts';
      const tracer = await startTracing('sample', 'sample-1', { otelExporterOtlpEndpoint: '${collector.url}' });
      const logger = createLogger({ name: 'sample' });
      logger.info('outside');
      tracer.span({ name: 'work', kind: 'internal' }, () => logger.info(tracer.place().traceId));
      await tracer.close();`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program]);
    const [outside, inside] = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(outside).not.toHaveProperty('trace_id');
    expect(inside).toMatchObject({
      trace_id: inside?.['msg'],
      span_id: expect.stringMatching(/^[\da-f]{16}$/u),
    });
  }, 60_000);
});

describe('traces that are off', () => {
  it('load nothing', async () => {
    useTracer(undefined);
    expect(await startTracing('sample', 'sample-1', {})).toBeUndefined();
    expect(currentTracer()).toBeUndefined();
    // The metrics library brings the types of the API along, but no SDK.
    const source = new URL('../../src/index.ts', import.meta.url).href;
    const program = `
      import { registerHooks } from 'node:module';
      const loaded = [];
      registerHooks({ load(url, context, next) { loaded.push(url); return next(url, context); } });
      await import('${source}');
      process.stdout.write(String(loaded.filter((url) => /opentelemetry.(?!api)/u.test(url)).length));`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program]);
    expect(stdout).toBe('0');
  }, 60_000);
});
