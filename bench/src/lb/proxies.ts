import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PinnedProcess } from '../harness/pinned-process.ts';
import { freePort, untilReachable } from './reachable.ts';

/** A proxy under measurement, on the first core, with one worker and one backend, unless said otherwise. */
export interface Proxy extends AsyncDisposable {
  readonly name: string;
  readonly port: number;
  readonly url: string;
  readonly process: PinnedProcess;
}

async function started(name: string, process: PinnedProcess, port: number): Promise<Proxy> {
  await untilReachable(port);
  return {
    name,
    port,
    url: `http://127.0.0.1:${port}`,
    process,
    [Symbol.asyncDispose]: () => process[Symbol.asyncDispose](),
  };
}

export async function startHaproxy(program: string, folder: string, backendPort: number): Promise<Proxy> {
  const port = await freePort();
  const config = join(folder, 'haproxy.cfg');
  await writeFile(
    config,
    `global
  nbthread 1
  maxconn 8000
defaults
  mode tcp
  timeout connect 5s
  timeout client 600s
  timeout server 600s
listen game
  bind 127.0.0.1:${port} backlog 8192
  server backend 127.0.0.1:${backendPort}
`,
  );
  return started('HAProxy', new PinnedProcess(0, program, ['-db', '-f', config]), port);
}

export async function startNginxStream(program: string, folder: string, backendPort: number): Promise<Proxy> {
  const port = await freePort();
  const config = join(folder, 'stream.conf');
  await writeFile(
    config,
    `load_module /usr/lib/nginx/modules/ngx_stream_module.so;
daemon off; master_process off; pid ${folder}/stream.pid; error_log stderr crit;
events { worker_connections 20000; }
stream {
  server {
    listen 127.0.0.1:${port} backlog=8192; proxy_pass 127.0.0.1:${backendPort};
    proxy_timeout 600s; tcp_nodelay on;
  }
}
`,
  );
  return started('nginx stream', new PinnedProcess(0, program, ['-c', config, '-p', folder]), port);
}

/** lb-proxy: by default as it runs by default, but with one worker. */
export interface LbProxyOptions {
  /** Default: the engine that its self-test chooses. */
  readonly relay?: 'linux' | 'portable';
  /** Default 1. */
  readonly workers?: number;
  /** Cores it may use; default: the first. */
  readonly cores?: readonly number[];
}

export async function startLbProxy(backendPort: number, options: LbProxyOptions = {}): Promise<Proxy> {
  const { relay, workers = 1, cores = [0] } = options;
  const [port, adminPort] = [await freePort(), await freePort()];
  const main = new URL('../../../apps/lb-proxy/src/main.ts', import.meta.url);
  const process_ = new PinnedProcess(cores, process.execPath, [main.pathname], {
    LISTEN: `127.0.0.1:${port}`,
    PORT: String(adminPort),
    BACKENDS: `origin@127.0.0.1:${backendPort}`,
    RELAY: relay ?? 'auto',
    WORKERS: String(workers),
    LOG_LEVEL: 'warn',
    LISTEN_BACKLOG: '8192',
  });
  const details = [...(relay === undefined ? [] : [relay]), ...(workers === 1 ? [] : [`${workers} workers`])];
  return started(['lb-proxy', ...details].join(', '), process_, port);
}
