import { join } from 'node:path';
import { freePort, freePorts, startProcess, temporaryFolder } from '@hanok/testkit';

const root = join(import.meta.dirname, '../..');

/** A metric as a running service shows it. */
export interface LiveMetric {
  readonly type: string;
  readonly help: string;
  /** Of all its samples, but for `le` and `quantile`. */
  readonly labels: ReadonlySet<string>;
}

/** Names of the services, as people write them. */
export const serviceNames = ['cluster-coordinator', 'player-service', 'cache-service', 'lb-proxy'] as const;
export type ServiceName = (typeof serviceNames)[number];

/** Starts one of each service, has each do something, and reads their `/metrics`. */
export async function liveMetrics(): Promise<Record<ServiceName, ReadonlyMap<string, LiveMetric>>> {
  await using folder = temporaryFolder();
  const ports = await freePorts(5);
  const [coordinator = 0, player = 0, cache = 0, proxy = 0, game = 0] = ports;
  const start = (app: ServiceName, port: number, env: Record<string, string>) =>
    startProcess({
      args: [join(root, 'apps', app, 'src/main.ts')],
      env: { LOG_LEVEL: 'warn', PORT: String(port), ...env },
      readyUrl: `http://127.0.0.1:${port}/readyz`,
      readyTimeoutMs: 120_000,
    });
  const children = await Promise.all([
    start('cluster-coordinator', coordinator, {
      CLUSTER_PORT: String(await freePort()),
      DATA_DIR: join(folder.path, 'coordinator'),
    }),
    start('player-service', player, {
      DATABASE_URL: `sqlite:${join(folder.path, 'hanok.db')}`,
      CACHE_URL: 'memory:',
    }),
    start('cache-service', cache, { CACHE_URL: 'memory:' }),
    start('lb-proxy', proxy, {
      LISTEN: `127.0.0.1:${game}`,
      BACKENDS: `p1@127.0.0.1:${player}`,
      WORKERS: '1',
    }),
  ]);
  try {
    await fetch(`http://127.0.0.1:${game}/v1/audit`);
    const read = async (port: number) =>
      parse(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text());
    return {
      'cluster-coordinator': await read(coordinator),
      'player-service': await read(player),
      'cache-service': await read(cache),
      'lb-proxy': await read(proxy),
    };
  } finally {
    await Promise.all(children.map((child) => child[Symbol.asyncDispose]()));
  }
}

function parse(text: string): Map<string, LiveMetric> {
  const metrics = new Map<string, { type: string; help: string; labels: Set<string> }>();
  for (const line of text.split('\n')) {
    const [, kind, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.*)$/u.exec(line) ?? [];
    const metric = metrics.get(name) ?? { type: '', help: '', labels: new Set<string>() };
    if (kind === 'HELP') metrics.set(name, { ...metric, help: rest });
    else if (kind === 'TYPE') metrics.set(name, { ...metric, type: rest });
    else {
      const series = /^([A-Za-z_:][\w:]*)(?:\{(.*)\})? /u.exec(line);
      if (series === null) continue;
      const own =
        metrics.get(series[1] ?? '') ?? metrics.get((series[1] ?? '').replace(/_(?:bucket|sum|count)$/u, ''));
      for (const [, label = ''] of (series[2] ?? '').matchAll(/([A-Za-z_]\w*)="/gu))
        if (label !== 'le' && label !== 'quantile') own?.labels.add(label);
    }
  }
  return metrics;
}
