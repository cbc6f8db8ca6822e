import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createClient } from '@hanok/client';
import { eventually, startProcess, temporaryFolder } from '@hanok/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exitCodes } from '../src/errors.ts';
import { startRealStack, type RealStack } from './support/real-stack.ts';
import { runCli, type RunOptions } from './support/run-cli.ts';

const program = fileURLToPath(new URL('../bin/hanok.mjs', import.meta.url));
let stack: RealStack;

beforeAll(async () => {
  stack = await startRealStack();
}, 180_000);
afterAll(() => stack[Symbol.asyncDispose]());

const cli = (line: string, options: RunOptions = {}) =>
  runCli([...line.split(' '), '--timeout', '30s'], { ...options, env: { ...stack.env, ...options.env } });
const json = async <T>(line: string): Promise<T> => {
  const { out, err } = await cli(`${line} --json`);
  expect(err).toBe('');
  return JSON.parse(out) as T;
};

describe('against a real stack', () => {
  it('status finds everybody and says that all is well', async () => {
    const { exitCode, out } = await eventually(async () => {
      const outcome = await cli('status');
      return outcome.exitCode === exitCodes.ok ? outcome : null;
    });
    expect(exitCode).toBe(exitCodes.ok);
    for (const name of [
      'coordinator-1',
      'coordinator-3',
      'player-service-2',
      'cache-service-1',
      'lb-proxy-1',
    ])
      expect(out).toContain(name);
    expect(out).toContain('2 of 2 backends get new ones');
    expect(out).toContain('All is well.');
  });

  it('a wrong token is refused with exit code 4', async () => {
    const { exitCode, err } = await cli('status', { env: { HANOK_TOKEN: 'not-the-token' } });
    expect(exitCode).toBe(exitCodes.refused);
    expect(err).toContain('set HANOK_TOKEN');
  });

  it('another coordinator stands in for one that is away', async () => {
    const urls = `http://127.0.0.1:1,${stack.coordinatorUrls}`;
    expect((await cli('leader', { env: { HANOK_URL: urls } })).exitCode).toBe(exitCodes.ok);
  });

  it('backends are listed, weighed and explained', async () => {
    expect((await cli('backends')).out).toMatch(
      /lb-proxy-1 +player-service-1 +127\.0\.0\.1:\d+ +enabled +up/u,
    );
    expect((await cli('backends weight player-service-1 5 --yes')).exitCode).toBe(exitCodes.ok);
    const { items } = await json<{ items: { id: string; weight: number }[] }>('backends');
    expect(items.find(({ id }) => id === 'player-service-1')).toMatchObject({ weight: 5 });
    expect((await cli('backends explain 203.0.113.7')).out).toContain('candidate');
  });

  it('strategy is shown and changed', async () => {
    expect((await cli('strategy')).out).toContain('round-robin');
    expect((await cli('strategy least-connections', { answer: 'yes' })).exitCode).toBe(exitCodes.ok);
    expect(await json('strategy')).toMatchObject({
      items: [{ proxy: 'lb-proxy-1', name: 'least-connections' }],
    });
    const { exitCode, err } = await cli('strategy fastest --yes');
    expect(exitCode).toBe(exitCodes.refused);
    expect(err).toMatch(/^hanok: .*\n$/u);
  });

  it('a drained backend is waited for, shows in status, and comes back', async () => {
    const { exitCode, out } = await cli('drain player-service-2 --deadline 1s --wait --yes');
    expect({ exitCode, out }).toMatchObject({
      exitCode: exitCodes.ok,
      out: expect.stringContaining('is draining'),
    });
    expect((await cli('backends')).out).toMatch(/player-service-2 .* draining/u);
    expect((await cli('drain player-service-2 --undo')).exitCode).toBe(exitCodes.ok);
    expect((await cli('backends')).out).not.toContain('draining');
    expect((await cli('drain nobody --yes')).exitCode).toBe(exitCodes.refused);
  });

  it('members tells who votes', async () => {
    const { out } = await cli('members');
    expect(out).toMatch(/coordinator-2 +127\.0\.0\.1:\d+ +(?:yes|itself)/u);
  });

  it('leader step-down hands over to another one', async () => {
    const before = await json<{ leaderId: string; term: number }>('leader');
    const { exitCode, out, err } = await cli('leader step-down --yes');
    expect({ exitCode, err }).toEqual({ exitCode: exitCodes.ok, err: '' });
    expect(out).not.toContain(`${before.leaderId} leads`);
    expect((await json<{ term: number }>('leader')).term).toBeGreaterThan(before.term);
  });

  it('players are searched, shown, deleted and restored', async () => {
    const { players } = createClient({ baseUrl: stack.gameUrl, token: stack.token, timeoutMs: 30_000 });
    const mina = await players.create({ username: '미나리', email: 'mina@example.com', level: 9, gold: 70 });
    expect((await cli('players --prefix 미')).out).toMatch(/미나리 +mina@example\.com +9 +70/u);
    expect((await cli(`players show ${mina.id}`)).out).toContain('Gold        70');
    const deletion = await cli(`players delete ${mina.id}`, { answer: 'y' });
    expect(deletion.asked[0]).toContain('Delete 미나리');
    expect((await cli(`players show ${mina.id}`)).exitCode).toBe(exitCodes.refused);
    expect((await cli(`players restore ${mina.id}`)).out).toContain('미나리');
  });

  it('a campaign is counted, given, followed and taken back, and the books balance', async () => {
    const start = 'campaign start --reason WEEKEND_BONUS --gold 100 --min-level 5';
    expect((await cli(`${start} --dry-run`)).out).toBe(
      'It would be 100 gold for each of 1 players, 100 in all.\n',
    );
    expect((await cli(start)).exitCode).toBe(exitCodes.unconfirmed);
    const { out } = await cli(`${start} --wait --yes`);
    expect(out).toContain('Reached   1 players, 0 refused');
    const { items } = await json<{ items: { id: string }[] }>('campaign');
    expect(items).toHaveLength(1);
    expect((await cli(`campaign reverse ${items[0]?.id} --wait --yes`)).out).toContain('In all    -100 gold');
    expect((await cli('campaign start --reason X --gold 1 --currency gems')).exitCode).toBe(exitCodes.usage);
    const audit = await cli('audit');
    expect(audit).toMatchObject({
      exitCode: exitCodes.ok,
      out: expect.stringContaining('The books balance.'),
    });
  });

  it('the cache is shown, and dropped', async () => {
    expect((await cli('cache')).out).toMatch(/cache-service-1 +\S+ +connected/u);
    expect((await cli('cache drop player:*', { answer: 'y' })).out).toContain('copies dropped.');
    expect((await cli('cache board arena')).out).toBe('Nobody is on this board.\n');
  });

  it('a backup arrives whole, and never overwrites anything', async () => {
    await using folder = temporaryFolder();
    const file = join(folder.path, 'copy.db');
    const { file: written, sizeBytes } = await json<{ file: string; sizeBytes: number }>(`backup ${file}`);
    expect(written).toBe(file);
    expect(sizeBytes).toBeGreaterThan(4_096);
    const again = await cli(`backup ${file}`);
    expect(again.exitCode).toBe(exitCodes.usage);
    expect(again.err).toContain('exists already');
    expect(existsSync(`${file}.part`)).toBe(false);
  });

  it('migrate tells that nothing is pending', async () => {
    const { exitCode, out } = await cli('migrate');
    expect(exitCode).toBe(exitCodes.ok);
    expect(out).not.toMatch(/ pending$/mu);
  });

  it('top prints a frame, and with --json one document a line', async () => {
    expect((await cli('top')).out).toContain('all is well');
    const { out } = await cli('top --json --count 2 --interval 100ms');
    const samples = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { processes: unknown[] });
    expect(samples).toHaveLength(2);
    expect(samples[1]?.processes).toHaveLength(4);
  });
});

describe('the program', () => {
  const start = (args: readonly string[], readyLine?: RegExp) =>
    startProcess({
      command: program,
      args,
      env: { ...stack.env, NO_COLOR: '1' },
      readyTimeoutMs: 60_000,
      ...(readyLine === undefined ? {} : { readyLine }),
    });

  it.each([
    ['SIGINT', exitCodes.interrupted],
    ['SIGTERM', exitCodes.terminated],
  ] as const)('ends on %s with %i, while it draws', async (signal, code) => {
    await using top = await start(['top', '--interval', '100ms', '--count', '100000'], /hanok top/u);
    top.kill(signal);
    expect(await top.exited).toEqual({ code, signal: null });
    expect(top.output()).not.toContain('Error');
  });

  it('refuses a change where nobody can be asked', async () => {
    await using drain = await start(['drain', 'player-service-1']);
    expect((await drain.exited).code).toBe(exitCodes.unconfirmed);
    expect(drain.output()).toContain('repeat the command with --yes');
  });

  it('says what it is', async () => {
    await using version = await start(['--version']);
    expect((await version.exited).code).toBe(exitCodes.ok);
    expect(version.output()).toMatch(/^hanok \d+\.\d+\.\d+\n$/u);
  });
});

describe('after a kill -9', () => {
  it('status ends with 5 and names who is gone', async () => {
    stack.kill('player-service-2');
    const { out } = await eventually(
      async () => {
        const outcome = await cli('status');
        return outcome.exitCode === exitCodes.unwell && outcome.out.includes('backend player-service-2 is')
          ? outcome
          : null;
      },
      { timeoutMs: 60_000 },
    );
    expect(out).toContain('Not well:');
    // The other one answers, whichever the registry names first.
    expect((await cli('players --limit 1')).exitCode).toBe(exitCodes.ok);
  });
});
