import { type ChildHandle, spawnChild } from './child-handle.ts';
import { setTimeout as sleep } from 'node:timers/promises';

/** What to run, and how to tell that it is ready. */
export interface StartProcessOptions {
  /** Default: the node that runs the test. */
  command?: string;
  args: readonly string[];
  /** Added to the environment of the test; undefined takes a variable out. */
  env?: Readonly<Record<string, string | undefined>>;
  cwd?: string;
  /** Ready when its output matches. */
  readyLine?: RegExp;
  /** Ready when a GET is answered with 2xx. With `readyLine` too, both must hold. */
  readyUrl?: string;
  /** Default 20,000 ms. */
  readyTimeoutMs?: number;
}

const POLL_INTERVAL_MS = 20;

/**
 * Starts a process and waits until it is ready. It is killed, with what it started, when the handle is
 * disposed of and when the test process ends.
 *
 * @throws Error when it ends before it is ready or is not ready in time; the message holds its output
 */
export async function startProcess(options: StartProcessOptions): Promise<ChildHandle> {
  const { command = process.execPath, args, env, cwd, readyTimeoutMs = 20_000 } = options;
  const child = await spawnChild({ command, args, cwd, env: { ...process.env, ...env } });
  const life = { isOver: false };
  void child.exited.then(() => (life.isOver = true));
  const deadlineMs = performance.now() + readyTimeoutMs;
  // What answers at `readyUrl` when it has ended is somebody else.
  while (!(await isReady(child, options)) || (life.isOver && options.readyUrl !== undefined)) {
    const failure = life.isOver
      ? 'ended before it was ready'
      : performance.now() >= deadlineMs && `was not ready within ${readyTimeoutMs} ms`;
    if (failure !== false) {
      await child[Symbol.asyncDispose]();
      const line = [command, ...args].join(' ');
      throw new Error(`${line} ${failure}. It printed:\n${child.output()}`);
    }
    await sleep(POLL_INTERVAL_MS);
  }
  return child;
}

async function isReady(child: ChildHandle, { readyLine, readyUrl }: StartProcessOptions): Promise<boolean> {
  if (readyLine !== undefined && child.output().search(readyLine) === -1) return false;
  return readyUrl === undefined || answers(readyUrl);
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}
