import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { eventually, freePorts, startProcess, temporaryFolder } from '@hanok/testkit';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../../..');
const PATIENCE = { timeoutMs: 60_000, intervalMs: 100 };

/** A client as the tutorial uses it, by hand: says a line, hears a line. */
async function openClient(port: number) {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
  return {
    say: async (line: string): Promise<string> => {
      socket.write(`${line}\n`);
      const { value, done } = await lines.next();
      if (done === true) throw new Error(`the server hung up at: ${line}`);
      return value;
    },
    close: () => socket.destroy(),
  };
}

/** Finds the number by halving, which takes seven tries at the most. */
async function play(say: (line: string) => Promise<string>): Promise<string> {
  for (let low = 1, high = 100; low <= high;) {
    const middle = Math.floor((low + high) / 2);
    const answer = await say(`guess ${middle}`);
    if (answer.startsWith('found')) return answer;
    if (answer === 'higher') low = middle + 1;
    else high = middle - 1;
  }
  throw new Error('the number was never found');
}

describe('the game of the tutorial', { timeout: 180_000 }, () => {
  it('is balanced over two servers, keeps players and ranks them', async () => {
    await using folder = temporaryFolder();
    const [raft, coordinator, player, lb, game, first, second] = await freePorts(7);
    const coordinatorUrls = `http://127.0.0.1:${coordinator}`;
    const service = (app: string, port: number | undefined, env: Record<string, string>) =>
      startProcess({
        args: [join(root, 'apps', app, 'src/main.ts')],
        env: { PORT: String(port), ADMIN_TOKEN: undefined, COORDINATOR_URLS: coordinatorUrls, ...env },
        readyUrl: `http://127.0.0.1:${port}/readyz`,
        readyTimeoutMs: 60_000,
      });
    const gameServer = (port: number | undefined) =>
      startProcess({
        args: [join(import.meta.dirname, '../src/main.ts')],
        env: {
          PORT: String(port),
          HANOK_URL: `http://127.0.0.1:${player}`,
          COORDINATOR_URLS: coordinatorUrls,
        },
        readyLine: /listens on/,
        readyTimeoutMs: 60_000,
      });
    const all = await Promise.all([
      service('cluster-coordinator', coordinator, {
        CLUSTER_PORT: String(raft),
        CLUSTER_VOTERS: `coordinator-1@127.0.0.1:${raft}`,
        DATA_DIR: join(folder.path, 'coordinator'),
      }),
      service('player-service', player, {
        DATABASE_URL: `sqlite:${join(folder.path, 'hanok.db')}`,
        CACHE_URL: 'memory:',
      }),
      service('lb-proxy', lb, {
        LISTEN: `127.0.0.1:${game}`,
        DISCOVER_SERVICE: 'guess-game',
        WORKERS: '1',
      }),
      gameServer(first),
      gameServer(second),
    ]);
    await using stack = new AsyncDisposableStack();
    for (const each of all) stack.use(each);

    const backends = async () => {
      const response = await fetch(`http://127.0.0.1:${lb}/v1/backends`);
      const { items } = (await response.json()) as { items: { totalConnections: number; health: string }[] };
      return items;
    };
    await eventually(async () => (await backends()).length === 2, PATIENCE);

    for (const name of ['hong', 'mina', 'hong']) {
      const client = await openClient(game ?? 0);
      expect(await client.say(`hello ${name} device-of-${name}-1234`)).toContain(`welcome ${name}`);
      expect(await play(client.say)).toMatch(/^found in \d: \d+ points, you are number [12]$/);
      expect(await client.say('top')).toMatch(/^1\. player \d+: \d+/);
      client.close();
    }
    const connections = (await backends()).map(({ totalConnections }) => totalConnections);
    expect(Math.min(...connections)).toBeGreaterThan(0);
  });
});
