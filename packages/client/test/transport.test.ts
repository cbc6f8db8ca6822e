import { describe, expect, it } from 'vitest';
import { ApiError, ConnectionError, TimeoutError, UnexpectedAnswerError } from '../src/errors.ts';
import { DEFAULT_RETRY } from '../src/retry.ts';
import { platformRuntime } from '../src/runtime.ts';
import {
  Transport,
  type ApiCall,
  type CallOptions,
  type ChangeOptions,
  type TransportOptions,
} from '../src/transport.ts';
import { sendJson, startFakeService, type Answer } from './fake-service.ts';

const POST = { method: 'POST', path: '/things', body: { a: 1 } } as const;
const UNAVAILABLE = { status: 503, code: 'unavailable', retryable: true };

/** A transport whose calls give the body alone. */
function transportTo(baseUrl: string, options: Partial<TransportOptions> = {}) {
  let ids = 0;
  const transport = new Transport({
    baseUrl,
    token: undefined,
    timeoutMs: 10_000,
    attemptTimeoutMs: 5_000,
    retry: { ...DEFAULT_RETRY, baseDelayMs: 1 },
    ...options,
    runtime: { ...platformRuntime, newId: () => `key-${++ids}`, ...options.runtime },
  });
  return {
    once: async (call: ApiCall, callOptions: CallOptions = {}): Promise<unknown> =>
      (await transport.receive(call, callOptions, false)).body,
    read: async (call: Omit<ApiCall, 'method'>, callOptions: CallOptions = {}): Promise<unknown> =>
      (await transport.receive({ ...call, method: 'GET' }, callOptions, true)).body,
    change: async (call: ApiCall, callOptions: ChangeOptions = {}): Promise<unknown> =>
      (await transport.receiveKeyed(call, callOptions)).body,
  };
}

/** Fails the first `failures` requests by `fail`, then answers 200. */
function failing(failures: number, fail: Answer): Answer {
  return (response, index) =>
    index < failures ? fail(response, index) : sendJson(response, 200, { ok: true });
}

const breakOff: Answer = (response) => void response.socket?.resetAndDestroy();
const sayUnavailable: Answer = (response) => sendJson(response, 503, UNAVAILABLE);

describe('Transport', () => {
  it('sends JSON, query and credentials, and parses the answer', async () => {
    await using service = await startFakeService((response) => sendJson(response, 201, { id: '7' }));
    const transport = transportTo(service.url, { token: 'hps_secret' });
    expect(await transport.once({ ...POST, query: { limit: 5, cursor: undefined, q: 'a&b' } })).toEqual({
      id: '7',
    });
    expect(service.seen[0]).toMatchObject({
      method: 'POST',
      url: '/things?limit=5&q=a%26b',
      body: '{"a":1}',
    });
    expect(service.seen[0]?.headers).toMatchObject({
      authorization: 'Bearer hps_secret',
      'content-type': 'application/json',
    });
    expect(service.seen[0]?.headers['idempotency-key']).toBeUndefined();
  });

  it('resolves to undefined for an empty answer', async () => {
    await using service = await startFakeService((response) => void response.writeHead(204).end());
    expect(await transportTo(service.url).once(POST)).toBeUndefined();
  });

  it('turns a problem document into an ApiError', async () => {
    const errors = [{ field: 'body.a', rule: 'type', message: 'must be text' }];
    const problem = {
      status: 400,
      code: 'validation_failed',
      title: 'Bad',
      detail: 'body.a must be text',
      requestId: 'r1',
      errors,
    };
    await using service = await startFakeService((response) => sendJson(response, 400, problem));
    const error = await transportTo(service.url)
      .once(POST)
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({
      status: 400,
      code: 'validation_failed',
      retryable: false,
      requestId: 'r1',
      errors,
    });
    expect((error as ApiError).message).toBe('POST /things: body.a must be text');
  });

  it('makes an ApiError of a failure that is no problem document', async () => {
    await using service = await startFakeService(
      (response) => void response.writeHead(502).end('<html>bad gateway'),
    );
    await expect(transportTo(service.url).once(POST)).rejects.toMatchObject({
      status: 502,
      code: 'http_502',
      retryable: true,
    });
  });

  it('refuses a success that is not JSON', async () => {
    await using service = await startFakeService(
      (response) => void response.writeHead(200).end('<html>hello'),
    );
    await expect(transportTo(service.url).read({ path: '/things' })).rejects.toBeInstanceOf(
      UnexpectedAnswerError,
    );
    expect(service.seen).toHaveLength(1);
  });

  it.each([
    ['a broken connection', breakOff],
    ['503', sayUnavailable],
  ])('repeats reads after %s', async (_name, fail) => {
    await using service = await startFakeService(failing(2, fail));
    expect(await transportTo(service.url).read({ path: '/things' })).toEqual({ ok: true });
    expect(service.seen).toHaveLength(3);
  });

  it.each([
    ['a broken connection', breakOff],
    ['503', sayUnavailable],
  ])('repeats changes after %s under one Idempotency-Key', async (_name, fail) => {
    await using service = await startFakeService(failing(2, fail));
    const transport = transportTo(service.url);
    expect(await transport.change(POST)).toEqual({ ok: true });
    expect(await transport.change(POST)).toEqual({ ok: true });
    expect(service.seen.map((seen) => seen.headers['idempotency-key'])).toEqual([
      'key-1',
      'key-1',
      'key-1',
      'key-2',
    ]);
    expect(new Set(service.seen.map((seen) => seen.body))).toEqual(new Set(['{"a":1}']));
  });

  it('keeps the key that the caller gives', async () => {
    await using service = await startFakeService(failing(0, breakOff));
    await transportTo(service.url).change(POST, { idempotencyKey: 'mine' });
    expect(service.seen[0]?.headers['idempotency-key']).toBe('mine');
  });

  it('never repeats a change without a key', async () => {
    await using service = await startFakeService(failing(1, breakOff));
    await expect(transportTo(service.url).once(POST)).rejects.toBeInstanceOf(ConnectionError);
    expect(service.seen).toHaveLength(1);
  });

  it('never repeats what cannot succeed later', async () => {
    await using service = await startFakeService((response) =>
      sendJson(response, 409, { status: 409, code: 'conflict', retryable: false }),
    );
    await expect(transportTo(service.url).change(POST)).rejects.toMatchObject({ code: 'conflict' });
    expect(service.seen).toHaveLength(1);
  });

  it('gives up after the allowed retries with the last error', async () => {
    await using service = await startFakeService(sayUnavailable);
    const transport = transportTo(service.url, { retry: { maxRetries: 2, baseDelayMs: 1, maxDelayMs: 1 } });
    await expect(transport.read({ path: '/things' })).rejects.toMatchObject({ code: 'unavailable' });
    expect(service.seen).toHaveLength(3);
  });

  it('waits as long as the service asks, or gives up at once when the deadline comes first', async () => {
    await using service = await startFakeService((response) =>
      sendJson(response, 503, UNAVAILABLE, { 'retry-after': '60' }),
    );
    const transport = transportTo(service.url);
    await expect(transport.read({ path: '/things' })).rejects.toMatchObject({
      code: 'unavailable',
      retryAfterMs: 60_000,
    });
    expect(service.seen).toHaveLength(1);
  });

  it('ends a call without an answer at its deadline', async () => {
    await using service = await startFakeService(() => {});
    const slow = transportTo(service.url).read({ path: '/things' }, { timeoutMs: 50 });
    await expect(slow).rejects.toThrow(new TimeoutError('GET /things: no answer within 50 ms'));
  });

  it('tries a read again when one attempt hangs', async () => {
    await using service = await startFakeService(failing(1, () => {}));
    const transport = transportTo(service.url, { attemptTimeoutMs: 50 });
    expect(await transport.read({ path: '/things' })).toEqual({ ok: true });
    expect(service.seen).toHaveLength(2);
  });

  it('rejects with the reason of the caller who aborts', async () => {
    const caller = new AbortController();
    const reason = new Error('player left');
    await using service = await startFakeService(() => caller.abort(reason));
    await expect(transportTo(service.url).read({ path: '/things' }, { signal: caller.signal })).rejects.toBe(
      reason,
    );
    await expect(transportTo(service.url).read({ path: '/things' }, { signal: caller.signal })).rejects.toBe(
      reason,
    );
    expect(service.seen).toHaveLength(1);
  });

  it('says where nothing listens', async () => {
    const service = await startFakeService(() => {});
    await service[Symbol.asyncDispose]();
    await expect(transportTo(service.url).read({ path: '/things' })).rejects.toThrow(
      new ConnectionError(`GET /things: no answer from ${service.url}`),
    );
  });
});
