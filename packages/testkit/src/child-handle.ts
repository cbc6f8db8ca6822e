import { type ChildProcess, spawn } from 'node:child_process';
import { watchProcess } from './caretaker.ts';

/** How a process ended: by an exit code or by a signal; the other is null. */
export interface ProcessExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A running process and what it has printed. */
export interface ChildHandle extends AsyncDisposable {
  readonly pid: number;
  /** What it printed, both streams together, the last 256 KiB. */
  output(): string;
  /** Sends a signal to the process itself. False when it has ended already. Default SIGKILL. */
  kill(signal?: NodeJS.Signals): boolean;
  /** Settles when the process has ended and its output is complete. Never rejects. */
  readonly exited: Promise<ProcessExit>;
}

/** What to run. */
export interface SpawnOptions {
  command: string;
  args: readonly string[];
  /** The whole environment. */
  env: NodeJS.ProcessEnv;
  cwd?: string | undefined;
  /** Run as this user; needs root. */
  user?: { readonly uid: number; readonly gid: number } | undefined;
  /** See `watchProcess` of the caretaker. */
  firstSignal?: 'KILL' | 'QUIT';
}

const KEPT_OUTPUT_CHARACTERS = 256 * 1024;

/**
 * Starts a process at the head of a group of its own, so that disposing of it also ends what it started.
 *
 * @throws Error when the command cannot be run
 */
export async function spawnChild(options: SpawnOptions): Promise<ChildHandle> {
  const { command, args, env, cwd, user, firstSignal } = options;
  const child = spawn(command, args, {
    env,
    cwd,
    ...user,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const keep = (text: string): void => {
    output = (output + text).slice(-KEPT_OUTPUT_CHARACTERS);
  };
  child.stdout.setEncoding('utf8').on('data', keep);
  child.stderr.setEncoding('utf8').on('data', keep);
  const exited = new Promise<ProcessExit>((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  const pid = await startedPid(child, command);
  const release = watchProcess(pid, firstSignal);
  // As long as one of the group is left, its number is taken. Afterwards it may be that of a stranger.
  let groupIsGone = false;
  const onExit = (): void => {
    release();
    groupIsGone = !groupExists(pid);
  };
  if (hasEnded(child)) onExit();
  else child.once('exit', onExit);
  return {
    pid,
    output: () => output,
    kill: (signal = 'SIGKILL') => child.kill(signal),
    exited,
    async [Symbol.asyncDispose]() {
      if (!groupIsGone) killGroup(pid);
      // Grandchildren that left the group may hold the pipes; the process itself is what counts.
      if (!hasEnded(child)) await new Promise((resolve) => child.once('exit', resolve));
    },
  };
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

function startedPid(child: ChildProcess, command: string): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', (cause) => reject(new Error(`Cannot run ${command}: ${cause.message}`, { cause })));
    child.once('spawn', () => {
      if (child.pid === undefined) reject(new Error(`Cannot run ${command}: it has no process id`));
      else resolve(child.pid);
    });
  });
}

function groupExists(pid: number): boolean {
  try {
    return process.kill(-pid, 0);
  } catch (error) {
    return !isNoSuchProcess(error);
  }
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if (!isNoSuchProcess(error)) throw error;
  }
}

function isNoSuchProcess(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ESRCH';
}
