import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { eventually, freePorts, startProcess, temporaryFolder, type ChildHandle } from '@hanok/testkit';

const mainOf = (app: string) =>
  fileURLToPath(new URL(`../../../../apps/${app}/src/main.ts`, import.meta.url));

/** A stack of real processes: three coordinators, two player-services, a cache-service, an lb-proxy. */
export interface RealStack extends AsyncDisposable {
  readonly coordinatorUrls: string;
  readonly gameUrl: string;
  readonly token: string;
  /** What `hanok` is told by its environment. */
  readonly env: Readonly<Record<string, string>>;
  /** SIGKILL to a service, by the name of its process. */
  kill(name: string): void;
}

const token = 'operators-token';

/** Starts everything and waits until the load balancer has both player-services. */
export async function startRealStack(): Promise<RealStack> {
  const folder = temporaryFolder();
  const [c1 = 0, c2 = 0, c3 = 0, ...others] = await freePorts(8);
  const [player1 = 0, player2 = 0, cache = 0, admin = 0, game = 0] = others;
  const clusterPorts = await freePorts(3);
  const voters = clusterPorts.map((port, index) => `coordinator-${index + 1}@127.0.0.1:${port}`).join(',');
  const coordinatorUrls = [c1, c2, c3].map((port) => `http://127.0.0.1:${port}`).join(',');
  const shared = { ADMIN_TOKEN: token, LOG_LEVEL: 'warn', COORDINATOR_URLS: coordinatorUrls };
  const start = (app: string, port: number, env: Record<string, string>) =>
    startProcess({
      args: [mainOf(app)],
      env: { ...shared, PORT: String(port), ...env },
      readyUrl: `http://127.0.0.1:${port}/readyz`,
      readyTimeoutMs: 120_000,
    });
  const coordinator = (port: number, index: number) =>
    start('cluster-coordinator', port, {
      NODE_ID: `coordinator-${index + 1}`,
      CLUSTER_PORT: String(clusterPorts[index]),
      CLUSTER_VOTERS: voters,
      DATA_DIR: join(folder.path, `coordinator-${index + 1}`),
      MEMBERSHIP_PRESET: 'local',
    });
  const playerService = (port: number, index: number) =>
    start('player-service', port, {
      SERVICE_ID: `player-service-${index + 1}`,
      DATABASE_URL: `sqlite:${join(folder.path, 'hanok.db')}`,
      CACHE_URL: `http://127.0.0.1:${cache}`,
    });
  const processes = new Map<string, ChildHandle>(
    await Promise.all([
      ...[c1, c2, c3].map(
        async (port, index) => [`coordinator-${index + 1}`, await coordinator(port, index)] as const,
      ),
      ...[player1, player2].map(
        async (port, index) => [`player-service-${index + 1}`, await playerService(port, index)] as const,
      ),
      start('cache-service', cache, { SERVICE_ID: 'cache-service-1', CACHE_URL: 'memory:' }).then(
        (child) => ['cache-service-1', child] as const,
      ),
      start('lb-proxy', admin, {
        SERVICE_ID: 'lb-proxy-1',
        LISTEN: `127.0.0.1:${game}`,
        DISCOVER_SERVICE: 'player-service',
        CHECK_INTERVAL_MS: '200',
      }).then((child) => ['lb-proxy-1', child] as const),
    ]),
  );
  const gameUrl = `http://127.0.0.1:${game}`;
  await eventually(
    async () => {
      const stats = await fetch(`http://127.0.0.1:${admin}/v1/stats`, {
        headers: { authorization: `Bearer ${token}` },
      });
      const { backends } = (await stats.json()) as { backends: { eligible: boolean }[] };
      return backends.filter(({ eligible }) => eligible).length === 2;
    },
    { timeoutMs: 60_000 },
  );
  return {
    coordinatorUrls,
    gameUrl,
    token,
    env: { HANOK_URL: coordinatorUrls, HANOK_TOKEN: token },
    kill: (name) => void processes.get(name)?.kill('SIGKILL'),
    async [Symbol.asyncDispose]() {
      await Promise.all([...processes.values()].map((child) => child[Symbol.asyncDispose]()));
      await folder.remove();
    },
  };
}
