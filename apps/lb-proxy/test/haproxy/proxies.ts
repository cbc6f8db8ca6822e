import { access, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort, freePorts, installDebianPackage, startProcess, type ChildHandle } from '@hanok/testkit';
import { ENGINES } from '../fixtures/test-proxy.ts';

/** What is compared: HAProxy, and lb-proxy with each engine. */
export const KINDS = ['haproxy', ...ENGINES] as const;
export type Kind = (typeof KINDS)[number];

/** A way in, and what stands behind it. */
export interface Route {
  readonly name: string;
  readonly backendPort: number;
  /** Connections its backend takes at once; 0: any number. */
  readonly maxConnections?: number;
}

/** A running proxy with several ways in. */
export interface RunningProxy extends AsyncDisposable {
  readonly child: ChildHandle;
  readonly ports: Readonly<Record<string, number>>;
  /** Admin API; undefined for HAProxy. */
  readonly adminUrl: string | undefined;
}

/** Both proxies wait so long for a backend to accept. */
export const CONNECT_TIMEOUT_MS = 600;
/** And so long for one that has room. */
const QUEUE_TIMEOUT_MS = 8_000;

const HAPROXY = '/usr/sbin/haproxy';
const main = new URL('../../src/main.ts', import.meta.url).pathname;

/** @throws Error when there is no HAProxy and none can be installed: nothing is compared with nothing */
async function findHaproxy(): Promise<string> {
  const isThere = await access(HAPROXY).then(
    () => true,
    () => false,
  );
  const failure = isThere ? undefined : await installDebianPackage('haproxy');
  if (failure !== undefined) throw new Error(`The tests need HAProxy (Debian package haproxy): ${failure}`);
  return HAPROXY;
}

export interface StartOptions {
  readonly folder: string;
  /** Put before the command: a shell that changes its limits or its network, for instance. */
  readonly wrap?: readonly string[];
}

/** How to start a proxy with these ways in. Neither retries nor checks again, so that one try shows. */
export async function proxyCommand(
  kind: Kind,
  routes: readonly Route[],
  { folder, ports }: { readonly folder: string; readonly ports: RunningProxy['ports'] },
): Promise<{ command: string[]; env: Record<string, string>; adminPort: number }> {
  const adminPort = await freePort();
  const file = join(folder, `${kind}.${kind === 'haproxy' ? 'cfg' : 'json'}`);
  if (kind === 'haproxy') {
    await writeFile(file, haproxyConfig(routes, ports, adminPort));
    return { command: [await findHaproxy(), '-db', '-f', file], env: {}, adminPort };
  }
  await writeFile(file, lbConfig(routes, ports));
  const env = {
    CONFIG_FILE: file,
    PORT: String(adminPort),
    RELAY: kind,
    WORKERS: '1',
    CONNECT_TIMEOUT_MS: String(CONNECT_TIMEOUT_MS),
    CONNECT_RETRIES: '0',
    QUEUE_TIMEOUT_MS: String(QUEUE_TIMEOUT_MS),
    CHECK_INTERVAL_MS: '3600000',
    EJECT_AFTER_FAILURES: '0',
    STATS_INTERVAL_MS: '0',
  };
  return { command: [process.execPath, main], env, adminPort };
}

export async function startProxy(
  kind: Kind,
  routes: readonly Route[],
  { folder, wrap = [] }: StartOptions,
): Promise<RunningProxy> {
  const free = await freePorts(routes.length);
  const ports = Object.fromEntries(routes.map(({ name }, index) => [name, free[index] ?? 0]));
  const started = await proxyCommand(kind, routes, { folder, ports });
  const [command = '', ...args] = [...wrap, ...started.command];
  const adminUrl = `http://127.0.0.1:${started.adminPort}`;
  const child = await startProcess({ command, args, env: started.env, readyUrl: `${adminUrl}/healthz` });
  return {
    child,
    ports,
    adminUrl: kind === 'haproxy' ? undefined : adminUrl,
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
  };
}

function haproxyConfig(routes: readonly Route[], ports: RunningProxy['ports'], adminPort: number): string {
  const listen = ({ name, backendPort, maxConnections = 0 }: Route): string => `
listen ${name}
  bind 127.0.0.1:${ports[name]}
  server one 127.0.0.1:${backendPort}${maxConnections > 0 ? ` maxconn ${maxConnections}` : ''}
`;
  return `global
  nbthread 1
  maxconn 20
defaults
  mode tcp
  retries 0
  timeout connect ${CONNECT_TIMEOUT_MS}ms
  timeout queue ${QUEUE_TIMEOUT_MS}ms
  timeout client 60s
  timeout server 60s
listen admin
  mode http
  bind 127.0.0.1:${adminPort}
  stats enable
  stats uri /healthz
${routes.map(listen).join('')}`;
}

function lbConfig(routes: readonly Route[], ports: RunningProxy['ports']): string {
  const listeners = routes.map(({ name, backendPort, maxConnections = 0 }) => ({
    name,
    listen: `127.0.0.1:${ports[name]}`,
    backends: [`one@127.0.0.1:${backendPort}`],
    maxConnectionsPerBackend: maxConnections,
  }));
  return JSON.stringify({ listeners });
}
