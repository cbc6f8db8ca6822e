import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { createInterface } from 'node:readline';

/** A server under measurement: a process of its own, on a core of its own where there are several (Linux). */
export interface ServerProcess extends AsyncDisposable {
  readonly url: string;
  /** Processor time it has used so far, user and system, in seconds. */
  cpuSeconds(): number;
}

/** What Linux counts processor time in, whatever the kernel's own tick (proc(5), USER_HZ). */
const ticksPerSecond = 100;

/** Starts a script that prints `listening <port>` on its first line. */
export async function startServer(
  script: URL,
  env: Readonly<Record<string, string>> = {},
): Promise<ServerProcess> {
  const [command, ...prefix] =
    availableParallelism() > 1 ? ['taskset', '-c', '0', process.execPath] : [process.execPath];
  const child = spawn(command, [...prefix, script.pathname], {
    env: { ...process.env, NODE_ENV: 'production', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const lines = createInterface({ input: child.stdout });
  const first = once(lines, 'line').then(([line]) => String(line));
  const line = await Promise.race([first, exited.then(() => 'the server ended')]);
  const port = /^listening (\d+)$/.exec(line)?.[1];
  if (port === undefined) throw new Error(`${script.pathname} did not start: ${line}`);
  return {
    url: `http://127.0.0.1:${port}`,
    cpuSeconds() {
      // Fields 14 and 15, counted from behind the command's name, which may itself contain spaces.
      const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
      return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
