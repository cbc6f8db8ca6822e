import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Type } from 'typebox';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ConfigError,
  commonConfig,
  describeConfig,
  envExampleProblems,
  loadConfig,
  portConfig,
  redactConfig,
} from '../../src/index.ts';

const schema = Type.Object({
  ...commonConfig,
  port: portConfig(8001),
  databaseUrl: Type.String({ pattern: '^sqlite:', description: 'sqlite:<path>' }),
  shareRatio: Type.Optional(Type.Number({ minimum: 0, maximum: 1, description: 'A share' })),
  verbose: Type.Boolean({ default: false, description: 'Say more' }),
});

const valid = { DATABASE_URL: 'sqlite:x' };

function violationsOf(env: Record<string, string>): readonly string[] {
  try {
    loadConfig(schema, env);
  } catch (error) {
    if (error instanceof ConfigError) return error.violations;
    throw error;
  }
  return [];
}

describe('loadConfig', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hanok-config-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('takes defaults, parses types and reads upper-snake names', () => {
    const config = loadConfig(schema, {
      ...valid,
      PORT: '9000',
      SHARE_RATIO: '0.25',
      VERBOSE: 'true',
      COORDINATOR_URLS: 'http://a:7001, http://b:7002,',
      SHUTDOWN_DEADLINE_MS: '',
    });
    expect(config).toMatchObject({
      host: '127.0.0.1',
      port: 9000,
      shareRatio: 0.25,
      verbose: true,
      coordinatorUrls: ['http://a:7001', 'http://b:7002'],
      shutdownDeadlineMs: 8000,
    });
  });

  it('reports every violation together, each naming the variable and the rule', () => {
    expect(
      violationsOf({ PORT: '70000', LOG_LEVEL: 'loud', VERBOSE: 'maybe', SHARE_RATIO: '2' }).toSorted(),
    ).toEqual([
      'DATABASE_URL is required (in the form: sqlite:<path>)',
      'LOG_LEVEL must be one of trace, debug, info, warn, error, fatal, silent (got "loud")',
      'PORT must be an integer from 0 to 65535 (got "70000")',
      'SHARE_RATIO must be a number from 0 to 1 (got "2")',
      'VERBOSE must be true or false (got "maybe")',
    ]);
  });

  it.each(['1e3', '0x10', '12.5', ' 12', '٣'])('refuses %j as an integer', (text) => {
    expect(violationsOf({ ...valid, PORT: text })).toHaveLength(1);
  });

  it('names a bad item of a list', () => {
    expect(violationsOf({ ...valid, COORDINATOR_URLS: 'http://a,ftp://b' })[0]).toMatch(
      /^COORDINATOR_URLS must be .*item 1/,
    );
  });

  it('never shows the value of a secret', () => {
    const violations = violationsOf({ ...valid, ADMIN_TOKEN: 'hps_leaked' });
    expect(violations).toHaveLength(1);
    expect(violations.join()).not.toContain('leaked');
  });

  it('reads a secret from the file that NAME_FILE names, without the final newline', () => {
    const path = join(folder, 'token');
    writeFileSync(path, 'a-long-token\n');
    expect(loadConfig(schema, { ...valid, ADMIN_TOKEN_FILE: path }).adminToken).toBe('a-long-token');
    expect(violationsOf({ ...valid, ADMIN_TOKEN_FILE: path, ADMIN_TOKEN: 'another-token' })[0]).toMatch(
      /not both/,
    );
    expect(violationsOf({ ...valid, ADMIN_TOKEN_FILE: join(folder, 'absent') })[0]).toMatch(
      /ADMIN_TOKEN_FILE.*ENOENT/,
    );
  });
});

describe('redactConfig', () => {
  it('hides secrets that are set and leaves the rest', () => {
    const config = loadConfig(schema, { ...valid, ADMIN_TOKEN: 'a-long-token' });
    expect(redactConfig(schema, config)).toMatchObject({ adminToken: '[redacted]', databaseUrl: 'sqlite:x' });
  });
});

describe('describeConfig and envExampleProblems', () => {
  const settings = describeConfig(schema);
  const complete = settings
    .map((each) => (each.default === undefined ? `# ${each.name}=x` : `${each.name}=${each.default}`))
    .join('\n');

  it('describes name, rule, default and secrecy', () => {
    expect(settings.find((each) => each.name === 'PORT')).toMatchObject({
      rule: 'an integer from 0 to 65535',
      default: '8001',
      required: false,
    });
    expect(settings.find((each) => each.name === 'ADMIN_TOKEN')?.secret).toBe(true);
    expect(settings.find((each) => each.name === 'DATABASE_URL')?.required).toBe(true);
  });

  it('accepts a complete example and finds what is missing, wrong or unknown', () => {
    expect(envExampleProblems(schema, complete)).toEqual([]);
    const broken = complete.replace(/^PORT=.*\n/m, '').replace('VERBOSE=false', 'VERBOSE=true') + '\nTYPO=1';
    expect(envExampleProblems(schema, broken)).toEqual([
      'PORT is missing',
      'VERBOSE is shown as "true" but defaults to "false"',
      'TYPO is not a setting',
    ]);
  });
});
