import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { PinnedProcess } from './pinned-process.ts';

/** A server under measurement: a process of its own on the first core. */
export interface ServerProcess extends AsyncDisposable {
  readonly url: string;
  cpuSeconds(): number;
}

/** Starts a script that prints `listening <port>` on its first line. */
export async function startServer(
  script: URL,
  env: Readonly<Record<string, string>> = {},
  args: readonly string[] = [],
): Promise<ServerProcess> {
  const server = new PinnedProcess(0, process.execPath, [script.pathname, ...args], {
    NODE_ENV: 'production',
    ...env,
  });
  const { stdout } = server.child;
  if (stdout === null) throw new Error('the output of the server is not piped');
  const first = once(createInterface({ input: stdout }), 'line').then(([line]) => String(line));
  const line = await Promise.race([first, server.exited.then(() => 'the server ended')]);
  const port = /^listening (\d+)$/.exec(line)?.[1];
  if (port === undefined) throw new Error(`${script.pathname} did not start: ${line}`);
  return {
    url: `http://127.0.0.1:${port}`,
    cpuSeconds: () => server.cpuSeconds(),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
