import { loadConfig } from '@hanok/service-kit';
import { describe, expect, it } from 'vitest';
import { configSchema } from '../../src/config.ts';
import { readRouting } from '../../src/routing/read-routing.ts';
import { RoutePolicy } from '../../src/routing/route-policy.ts';
import { clientHelloFor } from '../fixtures/client-hello.ts';

function policy(env: Readonly<Record<string, string>>): RoutePolicy {
  return new RoutePolicy(readRouting(loadConfig(configSchema, env), new Map()));
}

describe('route', () => {
  it('follows the server name: exact, else one label for the star, else the default pool', async () => {
    const routes = policy({
      SERVER_NAMES: 'Chat.example.com=chat,*.example.com=web,*.chat.example.com=rooms',
    });
    for (const [name, pool] of [
      ['chat.example.com', 'chat'],
      ['CHAT.EXAMPLE.COM', 'chat'],
      ['shop.example.com', 'web'],
      ['a.chat.example.com', 'rooms'],
      ['a.b.example.com', ''],
      ['example.com', ''],
      ['localhost', ''],
      [null, ''],
    ] as const) {
      expect(routes.read(await clientHelloFor(name)), String(name)).toEqual({ pool, tokenHash: undefined });
    }
    expect(routes.read(Buffer.from('GET /'))?.pool).toBe('');
    expect(routes.read(Buffer.from([22, 3]))).toBeUndefined();
  });

  it('hashes a token the same whatever else is there, and reads none where TLS is spoken', async () => {
    const routes = policy({ TOKEN: 'bytes:2:4', SERVER_NAMES: 'a.example.com=a' });
    const hash = routes.read(Buffer.from('..roomx'))?.tokenHash;
    expect(hash).toBeTypeOf('number');
    expect(routes.read(Buffer.from('--roomyyy'))?.tokenHash).toBe(hash);
    expect(routes.read(Buffer.from('--ruum'))?.tokenHash).not.toBe(hash);
    expect(routes.read(await clientHelloFor('a.example.com'))).toEqual({ pool: 'a', tokenHash: undefined });
    expect(policy({ TOKEN: 'field:0:1' }).read(Buffer.from([0]))?.tokenHash).toBeUndefined();
  });

  it('looks at nothing unless told to', () => {
    expect(policy({}).needsBytes(undefined)).toBe(false);
    expect(policy({ TOKEN: 'bytes:0:1' }).needsBytes(null)).toBe(true);
    expect(policy({ SERVER_NAMES: 'a.b=c' }).needsBytes(undefined)).toBe(true);
    expect(policy({ SERVER_NAMES: 'a.b=c' }).needsBytes('a.b')).toBe(false);
    expect(policy({ SERVER_NAMES: 'a.b=c' }).fallback('a.b')).toEqual({ pool: 'c', tokenHash: undefined });
  });

  it('must make sense', () => {
    expect(() => policy({ SERVER_NAMES: 'a.example.com=a,A.example.com=b' })).toThrow(
      /a\.example\.com is there twice/,
    );
    expect(() => policy({ BACKENDS: 'chat/a@127.0.0.1:1' })).toThrow(/leads to the pool of chat\/a/);
    expect(() => policy({ TOKEN: 'bytes:2000:1' })).toThrow(/TOKEN/);
    for (const wrong of ['*=a', 'a.*.b=c', 'a.b', 'a..b=c', '-a.b=c', 'a.b=']) {
      expect(() => policy({ SERVER_NAMES: wrong }), wrong).toThrow(/SERVER_NAMES/);
    }
  });
});
