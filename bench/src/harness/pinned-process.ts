import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { hasSeveralCores } from './cores.ts';

/** What Linux counts processor time in, whatever the kernel's own tick (proc(5), USER_HZ). */
const ticksPerSecond = 100;

/** A child process on a core of its own, or on some, where there are several. */
export class PinnedProcess implements AsyncDisposable {
  readonly child: ChildProcess;
  readonly #exited: Promise<unknown>;

  /** Starts `command` on a core, or some. Its standard output is piped, its errors are shown. */
  constructor(
    cores: number | readonly number[],
    command: string,
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ) {
    const [file, ...rest] = hasSeveralCores
      ? ['taskset', '-c', [cores].flat().join(','), command, ...args]
      : [command, ...args];
    this.child = spawn(file, rest, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'inherit'] });
    this.#exited = once(this.child, 'exit');
    this.#exited.catch(() => undefined);
  }

  /** Resolves when the process has ended, also when it could not be started. */
  get exited(): Promise<unknown> {
    return this.#exited.catch((error: unknown) => error);
  }

  /** Processor time it has used so far, user and system, all threads, in seconds. */
  cpuSeconds(): number {
    // Fields 14 and 15, counted from behind the command's name, which may itself contain spaces.
    const fields = readFileSync(`/proc/${this.child.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
  }

  /** Memory it holds, bytes. */
  residentBytes(): number {
    const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(
      readFileSync(`/proc/${this.child.pid}/status`, 'utf8'),
    )?.[1];
    return Number(kibibytes) * 1_024;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill('SIGKILL');
    await this.exited;
  }
}
