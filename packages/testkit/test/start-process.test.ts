import { fileURLToPath } from 'node:url';
import { expect, it, vi } from 'vitest';
import { eventually, freePort, startProcess } from '../src/index.ts';
import { isAlive } from './alive.ts';

const args = [fileURLToPath(new URL('fixtures/service.ts', import.meta.url))];

it('waits for the line that says ready, and keeps the output', async () => {
  await using child = await startProcess({ args, env: { SAY: 'up and running' }, readyLine: /up and/ });
  expect(child.output()).toContain('up and running\n');
  expect(isAlive(child.pid)).toBe(true);
});

it('waits until the url answers', async () => {
  const port = await freePort();
  await using child = await startProcess({
    args,
    env: { PORT: String(port) },
    readyUrl: `http://127.0.0.1:${port}/`,
  });
  const response = await fetch(`http://127.0.0.1:${port}/`);
  expect(await response.text()).toBe('ok');
  expect(child.kill('SIGTERM')).toBe(true);
  expect(await child.exited).toEqual({ code: 7, signal: null });
  expect(child.kill()).toBe(false);
});

it('tells what it printed when it ends too early', async () => {
  const starting = startProcess({ args, env: { SAY: 'hello', EXIT: '3' }, readyLine: /ready/ });
  await expect(starting).rejects.toThrow(/ended before it was ready\. It printed:\nhello\ngoing down\n/);
});

it('gives up on one that is not ready in time, and ends it', async () => {
  const starting = startProcess({ args, env: { CHILD: 'yes' }, readyLine: /never/, readyTimeoutMs: 2_000 });
  const message = await starting.then(String, String);
  expect(message).toContain('was not ready within 2000 ms');
  const childPid = Number(/child (\d+)/.exec(message)?.[1]);
  await eventually(() => !isAlive(childPid));
});

it('is ended by disposal, with the processes it started', async () => {
  let pids: number[];
  {
    await using child = await startProcess({ args, env: { CHILD: 'yes' }, readyLine: /child \d+\n/ });
    pids = [child.pid, Number(/child (\d+)/.exec(child.output())?.[1])];
    expect(pids.map(isAlive)).toEqual([true, true]);
  }
  await eventually(() => !pids.some(isAlive));
});

it('tells how it ended when it is killed', async () => {
  await using child = await startProcess({ args });
  child.kill();
  expect(await child.exited).toEqual({ code: null, signal: 'SIGKILL' });
});

it('ends by disposal what outlives it', async () => {
  const child = await startProcess({ args, env: { CHILD: 'yes' }, readyLine: /child \d+\n/ });
  const childPid = Number(/child (\d+)/.exec(child.output())?.[1]);
  child.kill();
  await eventually(() => !isAlive(child.pid));
  expect(isAlive(childPid)).toBe(true);
  await child[Symbol.asyncDispose]();
  await eventually(() => !isAlive(childPid));
});

it('leaves the number of a group alone that is gone, which may be that of a stranger by then', async () => {
  const child = await startProcess({ args });
  child.kill();
  await child.exited;
  const kill = vi.spyOn(process, 'kill');
  await child[Symbol.asyncDispose]();
  expect(kill).not.toHaveBeenCalled();
  kill.mockRestore();
});

it('names a command that cannot be run', async () => {
  const starting = startProcess({ command: '/nowhere/to/be-found', args: [] });
  await expect(starting).rejects.toThrow('Cannot run /nowhere/to/be-found');
});
