import { once } from 'node:events';
import { createClient } from '@hanok/client';
import { announceService } from '@hanok/cluster';
import { createGameServer } from './game-server.ts';
import { Table } from './table.ts';

const {
  HANOK_URL = 'http://127.0.0.1:8080',
  COORDINATOR_URLS = 'http://127.0.0.1:7001',
  ADMIN_TOKEN,
} = process.env;
const port = Number(process.env['PORT'] ?? 9_001);

const server = createGameServer(new Table(createClient({ baseUrl: HANOK_URL })), Math.random);
server.listen(port, '127.0.0.1');
await once(server, 'listening');

// From here on lb-proxy sends players to this server.
const announcement = announceService({
  coordinatorUrls: COORDINATOR_URLS.split(','),
  token: ADMIN_TOKEN,
  id: `guess-game-${port}`,
  service: 'guess-game',
  host: '127.0.0.1',
  port,
  state: 'ready',
});
process.stdout.write(`guess-game listens on 127.0.0.1:${port}\n`);

process.once('SIGTERM', () => {
  // No new players; those who are here play on until they leave.
  announcement.setState('draining');
  server.close(() => void announcement.stop());
});
