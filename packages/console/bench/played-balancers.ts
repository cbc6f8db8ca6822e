import { createServer } from '@hanok/service-kit';

/**
 * Lb-proxies whose every figure is another one each time, in a process of their own: what they cost is not what the
 * console costs. Started by `fork` with how many, and how many backends each has; tells the ports they listen on.
 */
const [balancers = 4, backends = 250] = process.argv.slice(2).map(Number);

const listener = { name: 'main', listen: '127.0.0.1:1', port: 1, strategy: 'round-robin', pools: [] };
const none = { active: [], connectionsPerSecond: [], bytesPerSecond: [], p50Ms: [], p99Ms: [] };

async function play(): Promise<number> {
  const server = await createServer({ name: 'played', description: 'played', host: '127.0.0.1' });
  const answers = Array.from({ length: 8 }, (_, round) => JSON.stringify(statistics(round)));
  let asked = 0;
  server.get('/v1/listeners', () => ({ items: [listener] }));
  server.get('/v1/stats', (_request, reply) =>
    reply.type('application/json').send(answers[(asked += 1) % answers.length]),
  );
  server.get('/v1/history', () => ({ intervalMs: 5_000, lastSample: 1, total: none, items: [] }));
  server.get('/v1/events', () => new Promise(() => undefined));
  return Number(new URL(await server.listen({ host: '127.0.0.1', port: 0 })).port);
}

function statistics(round: number) {
  return {
    uptimeMs: 1,
    strategy: 'round-robin',
    connections: { total: round * 10_000, active: round, waiting: 0 },
    refused: {},
    panic: false,
    discovery: { connected: true },
    backends: Array.from({ length: backends }, (_, index) => ({
      id: `backend-${index}`,
      pool: null,
      host: '127.0.0.1',
      port: index + 1,
      address: '127.0.0.1',
      weight: 1,
      maxConnections: 0,
      state: 'enabled',
      source: 'discovery',
      health: 'up',
      eligible: true,
      activeConnections: (index * 7 + round * 13) % 100,
      totalConnections: round * 1_000 + index * round,
      failedConnects: 0,
      bytesToBackend: round * 100_000 + index * round,
      bytesToClient: round * 300_000 + index * round,
    })),
  };
}

process.send?.(await Promise.all(Array.from({ length: balancers }, play)));
process.once('disconnect', () => process.exit(0));
