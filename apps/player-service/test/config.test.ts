import { ConfigError, envExampleProblems, loadConfig } from '@hanok/service-kit';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { failuresPerAddress, playerServiceConfig } from '../src/config.ts';

describe('playerServiceConfig', () => {
  it('needs no setting at all', () => {
    expect(loadConfig(playerServiceConfig, {})).toMatchObject({
      host: '127.0.0.1',
      port: 8001,
      databaseUrl: 'sqlite:./data/hanok.db',
      sessionTtlSeconds: 7200,
      chatKeepMessages: 100,
    });
  });

  it('is what .env.example says', () => {
    const example = readFileSync(new URL('../.env.example', import.meta.url), 'utf8');
    expect(envExampleProblems(playerServiceConfig, example)).toEqual([]);
  });

  it('limits addresses where they are known to be those of clients', () => {
    const limitOf = (env: Record<string, string>) => failuresPerAddress(loadConfig(playerServiceConfig, env));
    expect(limitOf({})).toBe(0);
    expect(limitOf({ TRUSTED_PROXIES: '10.0.0.0/8,::1' })).toBe(300);
    expect(limitOf({ TRUSTED_PROXIES: '::1', LOG_IN_FAILURES_PER_ADDRESS: '0' })).toBe(0);
    expect(limitOf({ LOG_IN_FAILURES_PER_ADDRESS: '7' })).toBe(7);
  });

  it('names every bad setting together and no secret', () => {
    const env = { DATABASE_URL: 'mysql://root:hunter2@db', SESSION_TTL_SECONDS: '1', PORT: 'many' };
    expect(() => loadConfig(playerServiceConfig, env)).toThrow(ConfigError);
    let message = '';
    try {
      loadConfig(playerServiceConfig, env);
    } catch (error) {
      message = String(error);
    }
    expect(message).toMatch(
      /PORT.*DATABASE_URL.*SESSION_TTL_SECONDS|DATABASE_URL.*SESSION_TTL_SECONDS.*PORT/u,
    );
    expect(message).not.toContain('hunter2');
  });
});
