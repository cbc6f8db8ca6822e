import { readFile } from 'node:fs/promises';
import { ConfigError, envExampleProblems, loadConfig } from '@hanok/service-kit';
import { describe, expect, it } from 'vitest';
import { parseBackends, parseListen } from '../src/addresses.ts';
import { configSchema } from '../src/config.ts';

describe('configuration', () => {
  it('has a default for everything', () => {
    expect(loadConfig(configSchema, {})).toMatchObject({
      port: 8081,
      listen: '127.0.0.1:8080',
      strategy: 'round-robin',
      discoverService: 'player-service',
      checkIntervalMs: 10_000,
      statsIntervalMs: 10_000,
    });
  });

  it('reports everything that is wrong at once', () => {
    const env = {
      LISTEN: 'everywhere',
      STRATEGY: 'fastest',
      BACKENDS: 'a@b',
      WORKERS: '-1',
      CHECK_INTERVAL_MS: '0',
      RELAY_BUFFER_BYTES: '12',
    };
    expect(() => loadConfig(configSchema, env)).toThrow(ConfigError);
    for (const name of Object.keys(env)) expect(() => loadConfig(configSchema, env)).toThrow(name);
  });

  it('reads addresses, IPv6 ones in brackets', () => {
    expect(parseListen('0.0.0.0:8080')).toEqual({ host: '0.0.0.0', port: 8080 });
    expect(parseListen('[::1]:0')).toEqual({ host: '::1', port: 0 });
    expect(() => parseListen('a:70000')).toThrow(/70000/);
  });

  it('reads backends with and without a weight', () => {
    expect(parseBackends(['a@10.0.0.1:8001', 'b@[::1]:8002*5', 'c@players.local:80'])).toMatchObject([
      { id: 'a', host: '10.0.0.1', port: 8001, weight: 1, source: 'static', state: 'enabled' },
      { id: 'b', host: '::1', port: 8002, weight: 5 },
      { id: 'c', host: 'players.local', port: 80, weight: 1 },
    ]);
  });

  it('names every backend that makes no sense', () => {
    const parse = () => parseBackends(['a@h:0', 'a@h:1*0', 'b@h:70000', 'c@h:5*300']);
    expect(parse).toThrow(
      /a@h:0 needs a port.*a@h:1\*0 needs a weight.*id a is there twice.*b@h:70000.*c@h:5\*300/,
    );
  });

  it('is shown in full by .env.example', async () => {
    const text = await readFile(new URL('../.env.example', import.meta.url), 'utf8');
    expect(envExampleProblems(configSchema, text)).toEqual([]);
  });
});
