import { envExampleProblems, loadConfig } from '@hanok/service-kit';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { cacheServiceConfig } from '../src/config.ts';
import { openConfiguredCache } from '../src/open-configured-cache.ts';

const example = readFileSync(new URL('../.env.example', import.meta.url), 'utf8');

describe('the configuration', () => {
  it('is what .env.example says', () => {
    expect(envExampleProblems(cacheServiceConfig, example)).toEqual([]);
  });

  it('has defaults for one machine', () => {
    expect(loadConfig(cacheServiceConfig, {})).toMatchObject({
      host: '127.0.0.1',
      port: 8_020,
      cacheUrl: 'memory:',
      sessionTtlSeconds: 7_200,
      sessionExpiry: 'fixed',
      sessionsPerPlayer: 20,
    });
  });

  it('limits the sessions of a player', async () => {
    const cache = await openConfiguredCache(loadConfig(cacheServiceConfig, { SESSIONS_PER_PLAYER: '2' }));
    for (let i = 0; i < 3; i += 1) await cache.sessions.create('42');
    expect(await cache.sessions.list('42')).toHaveLength(2);
    await cache.close();
  });

  it('reports every violation together', () => {
    const broken = { PORT: '70000', CACHE_URL: 'mysql://a', SESSION_EXPIRY: 'never', CACHE_TIMEOUT_MS: '1' };
    const load = (): unknown => loadConfig(cacheServiceConfig, broken);
    for (const name of Object.keys(broken)) expect(load).toThrow(name);
  });

  it.each([
    ['a Redis URL that cannot be read', { CACHE_URL: 'redis://:hunter2@a:port' }, /CACHE_URL/],
    ['a folder that nothing would use', { CACHE_URL: 'redis://:hunter2@a', DATA_DIR: './data' }, /DATA_DIR/],
  ])('ends in one sentence for %s, without the password', async (_, env, named) => {
    const opened = openConfiguredCache(loadConfig(cacheServiceConfig, env));
    await expect(opened).rejects.toMatchObject({
      name: 'ConfigError',
      message: expect.stringMatching(named) as string,
    });
    await expect(opened).rejects.not.toThrow('hunter2');
  });
});
