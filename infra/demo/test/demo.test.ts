import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import {
  eventually,
  freePort,
  startProcess,
  temporaryFolder,
  type ChildHandle,
  type TemporaryFolder,
} from '@hanok/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startStack } from '../../local/test/fixtures/real-stack.ts';

const DEMO = join(import.meta.dirname, '../src/main.ts');

function startDemo(...args: readonly string[]): Promise<ChildHandle> {
  return startProcess({ args: [DEMO, ...args], env: { ADMIN_TOKEN: undefined, NO_COLOR: '1' } });
}

/** What was done and how often, without what differs from run to run. */
function operationsOf(output: string): string[] {
  return [...output.matchAll(/^([a-z][a-z ,]+?) {2,}(\d+) +(?:\d+|-) +[\d.]+ +[\d.]+ +(\d+)$/gmu)].map(
    ([, operation, count, errors]) => `${operation}: ${count}, ${errors} failed`,
  );
}

describe('npm run demo against a running stack', { timeout: 180_000 }, () => {
  let folder: TemporaryFolder;
  let stack: ChildHandle;
  let url: string;

  beforeAll(async () => {
    folder = temporaryFolder();
    const started = await startStack(join(folder.path, 'data'));
    stack = started.process;
    url = `http://127.0.0.1:${8_080 + started.portOffset}`;
  }, 120_000);

  afterAll(async () => {
    stack.kill('SIGINT');
    await stack.exited;
    await folder.remove();
  }, 30_000);

  it('plays the same game again and again, and every check holds', async () => {
    const args = ['--url', url, '--players', '30', '--seed', 'again', '--concurrency', '8'];
    const outputs: string[] = [];
    for (let run = 0; run < 2; run++) {
      await using demo = await startDemo(...args);
      expect(await demo.exited, demo.output()).toEqual({ code: 0, signal: null });
      outputs.push(demo.output());
    }
    const [first = '', second = ''] = outputs;
    expect(first).toMatch(/all \d+ checks hold/u);
    expect(first).not.toContain('FAILED');
    expect(operationsOf(first)).toContain('register: 30, 0 failed');
    expect(operationsOf(first).length).toBeGreaterThan(15);
    // Which of the players who go on at the same time comes first is not the seed's to decide.
    expect(operationsOf(second).toSorted()).toEqual(operationsOf(first).toSorted());
  });

  it('loses nothing when a player-service is killed meanwhile', async () => {
    const [, pid = '0'] = /^player-service-1 .* pid (\d+)$/mu.exec(stack.output()) ?? [];
    await using demo = await startDemo('--url', url, '--players', '150');
    await eventually(() => expect(demo.output()).toContain('level up'), { timeoutMs: 60_000 });
    process.kill(Number(pid), 'SIGKILL');
    expect(await demo.exited, demo.output()).toEqual({ code: 0, signal: null });
    expect(stack.output()).toContain('player-service-1 was ended by SIGKILL');
  });
});

describe('npm run demo without a stack', { timeout: 30_000 }, () => {
  it('says that nothing answers', async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    await using demo = await startDemo('--url', url);
    expect((await demo.exited).code).toBe(1);
    expect(demo.output()).toBe(
      `No stack answers at ${url}; start one with npm start, or name another with --url.\n`,
    );
  });

  it.each([
    [503, /is not ready: it answers 503 to \/readyz/u],
    [200, /wants a server credential; set ADMIN_TOKEN/u],
  ])('says what is wrong with a stack that answers %d to /readyz', async (status, sentence) => {
    const server = createServer((request, response) => {
      response.writeHead(request.url === '/readyz' ? status : 401).end();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    await using demo = await startDemo('--url', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    expect((await demo.exited).code).toBe(1);
    expect(demo.output()).toMatch(sentence);
    server.close();
  });

  it('refuses a wrong option in one sentence', async () => {
    await using demo = await startDemo('--players', '0');
    expect(await demo.exited).toEqual({ code: 1, signal: null });
    expect(demo.output()).toBe('--players must be a whole number from 10 to 1000000, not "0".\n');
  });
});
