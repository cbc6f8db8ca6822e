import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { eventually, temporaryFolder, type ChildHandle } from '@hanok/testkit';
import { describe, expect, it } from 'vitest';
import { fakeTopology, isAlive, startFakeStack, toldPids } from './fixtures/fake-topology.ts';

const TIMEOUT_MS = 60_000;
const PATIENCE = { timeoutMs: 20_000 };

function untilSaid(stack: ChildHandle, text: RegExp): Promise<unknown> {
  return eventually(() => expect(stack.output()).toMatch(text), PATIENCE);
}

describe('a stack of real processes', { timeout: TIMEOUT_MS }, () => {
  it('says where each service is, then that it is ready', async () => {
    await using folder = temporaryFolder();
    const topology = await fakeTopology(folder.path, [{ name: 'one' }, { name: 'second' }]);
    await using stack = await startFakeStack(topology);
    await untilSaid(stack, /ready in/u);
    const [one, second] = topology.services.map((spec) => spec.urls[0]?.url);
    expect(stack.output()).toMatch(new RegExp(`^one    │ ${one} \\(fake\\)  pid \\d+$`, 'mu'));
    expect(stack.output()).toMatch(new RegExp(`^second │ ${second} \\(fake\\)  pid \\d+$`, 'mu'));
    expect(stack.output().trimEnd().split('\n').at(-1)).toMatch(/^hanok  │ ready in \d+\.\d s/u);
  });

  it('starts a child again that was killed, and counts it', async () => {
    await using folder = temporaryFolder();
    const topology = await fakeTopology(folder.path, [{ name: 'one' }, { name: 'two' }]);
    await using stack = await startFakeStack(topology);
    await untilSaid(stack, /ready in/u);
    const [first] = toldPids(stack, 'one');
    process.kill(first ?? 0, 'SIGKILL');
    await untilSaid(stack, /one was ended by SIGKILL; starting it again in \d\.\d s \(restart 1\)/u);
    await untilSaid(stack, /one is ready again/u);
    process.kill(toldPids(stack, 'one').at(-1) ?? 0, 'SIGKILL');
    await untilSaid(stack, /\(restart 2\)[\s\S]*one is ready again/u);
    expect(new Set(toldPids(stack, 'one')).size).toBe(3);
    expect(stack.output()).not.toMatch(/two was ended/u);
  });

  it('stops every process in waves on Ctrl-C and ends with 0', async () => {
    await using folder = temporaryFolder();
    const stopLog = join(folder.path, 'stops');
    const env = { FAKE_STOP_LOG: stopLog };
    const topology = await fakeTopology(join(folder.path, 'data'), [
      { name: 'last', env, stopWave: 2 },
      { name: 'middle', env, stopWave: 1 },
      { name: 'first', env, stopWave: 0 },
    ]);
    await using stack = await startFakeStack(topology);
    await untilSaid(stack, /ready in/u);
    const pids = ['last', 'middle', 'first'].flatMap((name) => toldPids(stack, name));
    expect(pids.filter(isAlive)).toHaveLength(3);
    stack.kill('SIGINT');
    expect(await stack.exited).toEqual({ code: 0, signal: null });
    expect(pids.filter(isAlive)).toEqual([]);
    expect(readFileSync(stopLog, 'utf8')).toBe('first\nmiddle\nlast\n');
    expect(stack.output()).toContain('last   │ 10:00:00.000 stopping reason=SIGTERM');
  });

  it('kills a child that does not stop within its grace', async () => {
    await using folder = temporaryFolder();
    const topology = await fakeTopology(folder.path, [
      { name: 'deaf', env: { FAKE_IGNORES_SIGTERM: '1' }, stopGraceMs: 300 },
      { name: 'polite' },
    ]);
    await using stack = await startFakeStack(topology);
    await untilSaid(stack, /ready in/u);
    const [deaf] = toldPids(stack, 'deaf');
    stack.kill('SIGTERM');
    expect(await stack.exited).toEqual({ code: 0, signal: null });
    expect(isAlive(deaf ?? 0)).toBe(false);
  });

  it('ends everything at once on the second Ctrl-C', async () => {
    await using folder = temporaryFolder();
    const topology = await fakeTopology(folder.path, [
      { name: 'deaf', env: { FAKE_IGNORES_SIGTERM: '1' }, stopGraceMs: 600_000 },
    ]);
    await using stack = await startFakeStack(topology);
    await untilSaid(stack, /ready in/u);
    const [deaf] = toldPids(stack, 'deaf');
    stack.kill('SIGINT');
    await untilSaid(stack, /stopping reason=SIGTERM/u);
    // The same Ctrl-C may arrive twice, so only a later one counts; ask until it is heard.
    await eventually(() => !isAlive(deaf ?? 0) || (stack.kill('SIGINT'), false), PATIENCE);
    expect((await stack.exited).code).toBe(0);
  });

  it('leaves no process when the supervisor itself is killed', async () => {
    await using folder = temporaryFolder();
    const topology = await fakeTopology(folder.path, [{ name: 'one' }, { name: 'two' }]);
    await using stack = await startFakeStack(topology);
    await untilSaid(stack, /ready in/u);
    const pids = ['one', 'two'].flatMap((name) => toldPids(stack, name));
    expect(pids.filter(isAlive)).toHaveLength(2);
    stack.kill('SIGKILL');
    await eventually(() => expect(pids.filter(isAlive)).toEqual([]), PATIENCE);
  });

  it('stops when the npm that started it is killed', async () => {
    await using folder = temporaryFolder();
    const topology = await fakeTopology(folder.path, [{ name: 'one' }]);
    await using shell = await startFakeStack(topology, { npm_lifecycle_event: 'start' }, 'in a shell');
    await untilSaid(shell, /ready in/u);
    const pids = toldPids(shell, 'one');
    expect(pids.filter(isAlive)).toHaveLength(1);
    shell.kill('SIGTERM');
    await shell.exited; // the output is complete: the stack has ended as well
    expect(shell.output()).toMatch(/all processes have ended/u);
    expect(pids.filter(isAlive)).toEqual([]);
  });

  it('can be stopped while it is still starting', async () => {
    await using folder = temporaryFolder();
    const topology = await fakeTopology(folder.path, [{ name: 'slow', env: { FAKE_NEVER_READY: '1' } }]);
    await using stack = await startFakeStack(topology);
    await untilSaid(stack, /starting 1 processes/u);
    stack.kill('SIGINT');
    expect((await stack.exited).code).toBe(0);
    expect(stack.output()).not.toMatch(/ready in/u);
  });

  it('restarts what a changed source belongs to', async () => {
    await using folder = temporaryFolder();
    const source = join(folder.path, 'apps/one/src');
    const shared = join(folder.path, 'packages/shared/src');
    for (const path of [source, shared]) mkdirSync(path, { recursive: true });
    const topology = await fakeTopology(join(folder.path, 'data'), [{ name: 'one' }, { name: 'two' }]);
    await using stack = await startFakeStack(topology, { FAKE_WATCH: '1', FAKE_ROOT: folder.path });
    await untilSaid(stack, /ready in/u);
    const pids = ['one', 'two'].flatMap((name) => toldPids(stack, name));
    writeFileSync(join(source, 'main.ts'), '');
    await untilSaid(stack, /sources changed, restarting one$[\s\S]*one is ready again/mu);
    await eventually(() => !isAlive(pids[0] ?? 0), PATIENCE);
    expect(isAlive(pids[1] ?? 0)).toBe(true);
    writeFileSync(join(shared, 'index.ts'), '');
    await untilSaid(stack, /sources changed, restarting one, two$/mu);
    await eventually(() => !isAlive(pids[1] ?? 0), PATIENCE);
  });
});

describe('a stack that cannot start', { timeout: TIMEOUT_MS }, () => {
  it('says everything that is wrong with the settings, before anything starts', async () => {
    await using folder = temporaryFolder();
    const topology = await fakeTopology(folder.path, [
      { name: 'one', env: { FAKE_COUNT: '0' } },
      { name: 'two' },
    ]);
    await using stack = await startFakeStack(topology, { FAKE_LEVEL: 'loud', npm_lifecycle_event: 'start' });
    expect(await stack.exited).toEqual({ code: 1, signal: null });
    expect(stack.output()).toBe(
      'Wrong settings: FAKE_LEVEL must be one of low, high (got "loud"); ' +
        'FAKE_COUNT must be an integer from 1 to 9 (got "0").\n',
    );
  });

  it('gives up a service at once that says that its configuration is wrong', async () => {
    await using folder = temporaryFolder();
    const failure = 'CLUSTER_VOTERS must name this node';
    const topology = await fakeTopology(folder.path, [
      { name: 'bad', env: { FAKE_FAILURE: failure, FAKE_EXIT_CODE: '78' } },
      { name: 'good' },
    ]);
    await using stack = await startFakeStack(topology);
    expect(await stack.exited).toEqual({ code: 1, signal: null });
    expect(stack.output()).toContain(`bad ended with code 78: bad: ${failure}`);
    expect(stack.output()).not.toMatch(/starting it again/u);
  });

  it('gives up a service that ends again and again before it was ready', async () => {
    await using folder = temporaryFolder();
    const topology = await fakeTopology(folder.path, [
      { name: 'bad', env: { FAKE_FAILURE: 'the disk is on fire' } },
    ]);
    await using stack = await startFakeStack(topology);
    expect((await stack.exited).code).toBe(1);
    expect(stack.output()).toMatch(/\(restart 2\)/u);
    expect(stack.output()).toContain('bad ended with code 1: bad: the disk is on fire');
  });

  it('names the port that is in use', async () => {
    await using folder = temporaryFolder();
    const topology = await fakeTopology(folder.path, [{ name: 'one' }, { name: 'two' }]);
    const port = topology.services[1]?.ports[0]?.port ?? 0;
    const occupant = createServer().listen(port, '127.0.0.1');
    await once(occupant, 'listening');
    await using stack = await startFakeStack(topology);
    expect((await stack.exited).code).toBe(1);
    expect(stack.output().trim()).toBe(
      `Port ${port} of two is already in use; end the program that holds it or shift all ports with --port-offset N.`,
    );
    occupant.close();
  });

  it('says that the data folder is a file', async () => {
    await using folder = temporaryFolder();
    const path = join(folder.path, 'data');
    writeFileSync(path, '');
    await using stack = await startFakeStack(await fakeTopology(path, [{ name: 'one' }]));
    expect((await stack.exited).code).toBe(1);
    expect(stack.output().trim()).toBe(
      `The data folder ${path} cannot be written: there is a file in its place; choose another with --data-dir PATH.`,
    );
  });

  it('refuses a data folder another stack works on, and takes over from a killed one', async () => {
    await using folder = temporaryFolder();
    await using holder = await startFakeStack(await fakeTopology(folder.path, [{ name: 'one' }]));
    await untilSaid(holder, /ready in/u);
    await using refused = await startFakeStack(await fakeTopology(folder.path, [{ name: 'one' }]));
    expect((await refused.exited).code).toBe(1);
    expect(refused.output()).toMatch(/Another stack is running on the data folder/u);
    holder.kill('SIGKILL');
    await holder.exited;
    await using heir = await startFakeStack(await fakeTopology(folder.path, [{ name: 'one' }]));
    await untilSaid(heir, /ready in/u);
  });
});
