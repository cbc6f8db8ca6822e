import { describe, expect, it } from 'vitest';
import { createClient, type ClientOptions } from '../src/index.ts';
import { sendJson, startFakeService } from './fake-service.ts';

describe('createClient', () => {
  it.each<[Partial<ClientOptions>, string]>([
    [{ baseUrl: 'nowhere' }, 'baseUrl must be an http or https URL without query and fragment'],
    [{ baseUrl: 'ftp://host' }, 'baseUrl must be an http or https URL without query and fragment'],
    [{ baseUrl: 'http://host/?a=1' }, 'baseUrl must be an http or https URL without query and fragment'],
    [{ baseUrl: 'http://user:secret@host' }, 'baseUrl must not hold credentials; use token'],
    [{ timeoutMs: 0 }, 'timeoutMs must be an integer from 1 to 600000'],
    [{ attemptTimeoutMs: 1.5 }, 'attemptTimeoutMs must be an integer from 1 to 600000'],
    [{ retry: { maxRetries: -1 } }, 'retry.maxRetries must be an integer from 0 to 20'],
  ])('refuses %j', (options, message) => {
    expect(() => createClient({ baseUrl: 'http://host', ...options })).toThrow(new TypeError(message));
  });

  it('keeps a path in the base URL, and one token from another', async () => {
    await using service = await startFakeService((response) => sendJson(response, 200, {}));
    const client = createClient({ baseUrl: `${service.url}/game/`, token: 'server' });
    await client.players.get('1');
    await client.withToken('hps_1').players.get('1');
    await client.withToken(undefined).players.get('1');
    expect(service.seen.map((seen) => seen.url)).toEqual(Array(3).fill('/game/v1/players/1'));
    expect(service.seen.map((seen) => seen.headers.authorization)).toEqual([
      'Bearer server',
      'Bearer hps_1',
      undefined,
    ]);
  });

  it('takes its ids and its fetch from the runtime', async () => {
    await using service = await startFakeService((response) => sendJson(response, 201, {}));
    const fetched: string[] = [];
    const client = createClient({
      baseUrl: service.url,
      runtime: {
        newId: () => 'fixed-id',
        fetch: (input, init) => {
          fetched.push(new Request(input).url);
          return fetch(input, init);
        },
      },
    });
    await client.sessions.create({ deviceId: 'device' });
    expect(service.seen[0]?.headers['idempotency-key']).toBe('fixed-id');
    expect(fetched).toEqual([`${service.url}/v1/sessions`]);
  });
});
