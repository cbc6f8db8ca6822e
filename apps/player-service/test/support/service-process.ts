import { freePort, startProcess, type ChildHandle } from '@hanok/testkit';
import { fileURLToPath } from 'node:url';
import type { Reply, Sent } from './test-app.ts';

/** The program of the service. */
export const SERVICE_MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

/** A player-service in a process of its own. */
export interface ServiceProcess extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly child: ChildHandle;
  send(method: string, path: string, sent?: Sent): Promise<Reply>;
}

/** Settings given to a service process, by environment name. */
export type Settings = Readonly<Record<string, string>>;

/** Starts the service and waits until it is ready. */
export async function startService(settings: Settings): Promise<ServiceProcess> {
  const port = settings['PORT'] === undefined ? await freePort() : Number(settings['PORT']);
  const url = `http://127.0.0.1:${port}`;
  const child = await startProcess({
    args: [SERVICE_MAIN],
    env: { LOG_LEVEL: 'warn', ...settings, PORT: String(port) },
    readyUrl: `${url}/readyz`,
    // A start takes a second, unless the machine has much else to do.
    readyTimeoutMs: 60_000,
  });
  return {
    url,
    port,
    child,
    send: (method, path, sent) => sendTo(url, method, path, sent),
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
  };
}

/** Starts the service where it must fail, and gives what it printed and its exit code. */
export async function startFailing(settings: Settings): Promise<{ code: number | null; output: string }> {
  const child = await startProcess({
    args: [SERVICE_MAIN],
    env: { LOG_LEVEL: 'warn', ...settings },
    readyLine: /./u,
  });
  const { code } = await child.exited;
  return { code, output: child.output() };
}

/** One request over a real socket. Rejects when there is no answer. */
export async function sendTo(url: string, method: string, path: string, sent: Sent = {}): Promise<Reply> {
  const { body, token, headers } = sent;
  const response = await fetch(url + path, {
    method,
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(15_000),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    body: text === '' ? undefined : JSON.parse(text),
  };
}
