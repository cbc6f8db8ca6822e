import { join } from 'node:path';
import { eventually, freePorts, startProcess, temporaryFolder, type ChildHandle } from '@hanok/testkit';

export const adminToken = 'admin-token-of-the-test';
export const viewerToken = 'viewer-token-of-the-test';

const apps = join(import.meta.dirname, '..', '..', '..', '..', 'apps');

/** A small stack of real processes. */
export interface Stack extends AsyncDisposable {
  /** Of the first coordinator, which serves the console. */
  readonly url: string;
  /** Of lb-proxy's admin API, which passes it on. */
  readonly proxyUrl: string;
  readonly gameUrl: string;
  readonly players: readonly ChildHandle[];
  call(url: string, method: string, path: string, body?: unknown): Promise<unknown>;
}

/** Three coordinators, one cache-service, two player-services, one lb-proxy. */
export async function startStack(): Promise<Stack> {
  const [cache = 0, playerA = 0, playerB = 0, game = 0, admin = 0] = await freePorts(5);
  const [http, cluster] = [await freePorts(3), await freePorts(3)];
  await using started = new AsyncDisposableStack();
  const folder = started.use(temporaryFolder());
  const urls = http.map((port) => `http://127.0.0.1:${port}`);
  const [url = ''] = urls;
  const voters = cluster.map((port, index) => `coordinator-${index + 1}@127.0.0.1:${port}`);
  const start = async (
    app: string,
    port: number,
    env: Readonly<Record<string, string>>,
  ): Promise<ChildHandle> => {
    const child = await startProcess({
      args: [join(apps, app, 'src', 'main.ts')],
      env: {
        PORT: String(port),
        ADMIN_TOKEN: adminToken,
        LOG_LEVEL: 'warn',
        COORDINATOR_URLS: urls.join(','),
        ...env,
      },
      readyUrl: `http://127.0.0.1:${port}/healthz`,
      readyTimeoutMs: 180_000,
    });
    return started.use(child);
  };
  const database = {
    DATABASE_URL: `sqlite:${join(folder.path, 'players.db')}`,
    CACHE_URL: `http://127.0.0.1:${cache}`,
  };
  const coordinators = http.map((port, index) =>
    start('cluster-coordinator', port, {
      NODE_ID: `coordinator-${index + 1}`,
      CLUSTER_PORT: String(cluster[index]),
      CLUSTER_VOTERS: voters.join(','),
      DATA_DIR: join(folder.path, `coordinator-${index + 1}`),
      CONSOLE_VIEWER_TOKEN: viewerToken,
    }),
  );
  const [first, second] = await Promise.all([
    start('player-service', playerA, { SERVICE_ID: 'player-1', ...database }),
    start('player-service', playerB, { SERVICE_ID: 'player-2', ...database }),
    start('lb-proxy', admin, {
      SERVICE_ID: 'lb-1',
      LISTEN: `127.0.0.1:${game}`,
      WORKERS: '1',
      CHECK_INTERVAL_MS: '500',
      CHECK_FALL: '1',
    }),
    start('cache-service', cache, { SERVICE_ID: 'cache-1' }),
    ...coordinators,
  ]);
  const call: Stack['call'] = async (base, method, path, body) => {
    const response = await fetch(base + path, {
      method,
      headers: {
        authorization: `Bearer ${adminToken}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok)
      throw new Error(`${method} ${path} answered ${response.status}: ${await response.text()}`);
    return response.json();
  };
  const proxyUrl = `http://127.0.0.1:${admin}`;
  await eventually(
    async () => {
      const { items } = (await call(proxyUrl, 'GET', '/v1/backends')) as { items: { health: string }[] };
      if (items.filter(({ health }) => health === 'up').length !== 2) throw new Error('no two backends yet');
    },
    { timeoutMs: 60_000, intervalMs: 100 },
  );
  const all = started.move();
  return {
    url,
    proxyUrl,
    gameUrl: `http://127.0.0.1:${game}`,
    players: [first, second],
    call,
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}
