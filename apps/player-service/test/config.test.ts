import { ConfigError, envExampleProblems, loadConfig } from '@hanok/service-kit';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { playerServiceConfig } from '../src/config.ts';

describe('playerServiceConfig', () => {
  it('needs no setting at all', () => {
    expect(loadConfig(playerServiceConfig, {})).toMatchObject({
      host: '127.0.0.1',
      port: 8001,
      databaseUrl: 'sqlite:./data/hanok.db',
      sessionTtlSeconds: 7200,
    });
  });

  it('is what .env.example says', () => {
    const example = readFileSync(new URL('../.env.example', import.meta.url), 'utf8');
    expect(envExampleProblems(playerServiceConfig, example)).toEqual([]);
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
