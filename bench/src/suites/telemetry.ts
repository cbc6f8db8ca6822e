import { createServer } from 'node:http';
import { once } from 'node:events';
import type { Comparison } from '../harness/compare.ts';
import type { Suite } from '../harness/suite.ts';
import { makeSqlite } from '../players/dataset.ts';
import { onDemand, prepareGround, type Ground } from '../players/ground.ts';
import { readsOfOneself } from '../players/loads.ts';
import { startPlayerService } from '../players/player-service.ts';
import { perCpuSecond } from '../players/throughput.ts';

const PLAYERS = 1_000;
const without = new URL('../telemetry/without.ts', import.meta.url).pathname;

/** What metrics and traces cost player-service: a player reading itself, the cheapest request and so the dearest share. */
export const telemetrySuite: Suite = {
  name: 'telemetry',
  async prepare() {
    const ground = await prepareGround();
    const withAll = contender(ground, 'metrics on, traces off', {});
    const sink = onDemand(() => startSink(ground));
    const comparisons: Comparison[] = [
      {
        title: 'Reads of players, what metrics cost',
        unit: 'requests per CPU-second',
        peer: contender(ground, 'without metrics', stubbed('metrics')),
        ours: withAll,
        bound: { must: 0.97 },
      },
      {
        title: 'Reads of players, what traces cost that are off',
        unit: 'requests per CPU-second',
        peer: contender(ground, 'without tracing in the code', stubbed('tracing')),
        ours: withAll,
        // The same on both sides within what repeats differ by.
        bound: { must: 0.985, aim: 1 },
      },
      {
        title: 'Reads of players, what traces cost that are on',
        unit: 'requests per CPU-second',
        peer: withAll,
        ours: contender(ground, 'every request traced', async () => ({
          OTEL_EXPORTER_OTLP_ENDPOINT: await sink(),
        })),
      },
    ];
    return { comparisons, [Symbol.asyncDispose]: () => ground.started.disposeAsync() };
  },
};

type Settings = Readonly<Record<string, string>>;

function stubbed(what: string): Settings {
  return { HANOK_WITHOUT: what, NODE_OPTIONS: `--import ${without}` };
}

function contender(ground: Ground, name: string, settings: Settings | (() => Promise<Settings>)) {
  const prepared = onDemand(async () => {
    const databaseUrl = await makeSqlite(ground.folder, name.replaceAll(/\W+/gu, '-'), { players: PLAYERS });
    const own = typeof settings === 'function' ? await settings() : settings;
    const service = ground.started.use(await startPlayerService({ DATABASE_URL: databaseUrl, ...own }));
    return { service, script: await readsOfOneself(service, PLAYERS) };
  });
  return {
    name,
    async measure() {
      const { service, script } = await prepared();
      return perCpuSecond(ground, service.process, service.url, script);
    },
  };
}

/** Takes traces, and forgets them. */
async function startSink(ground: Ground): Promise<string> {
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ground.started.defer(() => void server.close());
  return `http://127.0.0.1:${(server.address() as { port: number }).port}`;
}
