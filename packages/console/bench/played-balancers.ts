import { createServer } from '@hanok/service-kit';

/**
 * Lb-proxies whose every figure is another one each time, in a process of their own: what they cost is not what the
 * console costs. Started by `fork` with how many, and how many backends each has; tells the ports they listen on.
 */
const [balancers = 4, backends = 250] = process.argv.slice(2).map(Number);
const rounds = 10;
/** Lb-proxy has new response times each 5 s. */
const roundsPerSample = 5;
const version = 'played';

const listener = {
  name: 'main',
  listen: '127.0.0.1:1',
  port: 1,
  strategy: 'round-robin',
  pools: [],
  panic: false,
  discovery: { connected: true },
};

const descriptions = Array.from({ length: backends }, (_, index) => ({
  id: `backend-${index}`,
  pool: null,
  host: '127.0.0.1',
  port: index + 1,
  weight: 1,
  maxConnections: 0,
  state: 'enabled',
  source: 'discovery',
  health: 'up',
  eligible: true,
}));

async function play(): Promise<number> {
  const server = await createServer({ name: 'played', description: 'played', host: '127.0.0.1' });
  const all = Array.from({ length: rounds }, (_, round) => answersOf(round));
  let asked = 0;
  server.get<{ Querystring: { known: string } }>('/v1/figures', (request, reply) => {
    const answers = all[(asked += 1) % rounds];
    const body = request.query.known === version ? answers?.figures : answers?.whole;
    return reply.type('application/json').send(body);
  });
  const none = { active: [], connectionsPerSecond: [], bytesPerSecond: [], p50Ms: [], p99Ms: [] };
  server.get('/v1/history', () => ({ intervalMs: 5_000, lastSample: 1, total: none, items: [] }));
  server.get('/v1/events', () => new Promise(() => undefined));
  return Number(new URL(await server.listen({ host: '127.0.0.1', port: 0 })).port);
}

/** What is told in a round, with the descriptions of the backends and without. */
function answersOf(round: number): { readonly whole: string; readonly figures: string } {
  const column = (value: (index: number) => number) =>
    Array.from({ length: backends }, (_, index) => value(index));
  const sample = Math.floor(round / roundsPerSample);
  const told = {
    ...listener,
    connections: { total: round * 10_000, active: round, waiting: 0 },
    refused: 0,
    figures: {
      activeConnections: column((index) => (index * 7 + round * 13) % 100),
      totalConnections: column((index) => round * 1_000 + index * round),
      failedConnects: column(() => 0),
      bytesToBackend: column((index) => round * 100_000 + index * round),
      bytesToClient: column((index) => round * 300_000 + index * round),
      p50Ms: column((index) => ((index * 3 + sample * 17) % 1_000) / 100),
      p99Ms: column((index) => ((index * 5 + sample * 19) % 5_000) / 100),
    },
  };
  return {
    whole: JSON.stringify({ version, listeners: [{ ...told, backends: descriptions }] }),
    figures: JSON.stringify({ version, listeners: [told] }),
  };
}

process.send?.(await Promise.all(Array.from({ length: balancers }, play)));
process.once('disconnect', () => process.exit(0));
