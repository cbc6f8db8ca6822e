import { silentLogger } from '@hanok/service-kit';
import { Client } from 'pg';
import { createFences, fencedWrite, StaleTokenError } from '../../examples/fenced-write.ts';
import { EtcdCoordination } from '../../src/etcd/etcd-coordination.ts';
import { parseEtcdUrl } from '../../src/etcd/etcd-url.ts';
import { noTransport } from '../etcd/start-on-etcd.ts';

// Pays a reward as leader, once. The one that is to be paused stops itself where it hurts most: after it has made sure
// that it leads, and before it writes.
const [etcdUrl = '', databaseUrl = '', nodeId = '', isToPause = ''] = process.argv.slice(2);
const connection = new Client({ connectionString: databaseUrl });
await connection.connect();
await createFences(connection);
const coordination = new EtcdCoordination({
  address: parseEtcdUrl(etcdUrl, '/rewards/'),
  nodeId,
  transport: noTransport,
  logger: silentLogger,
});
coordination.start();
process.stdout.write('ready\n');
const leadership = await coordination.election.campaign();
const { token } = leadership;
if (!leadership.isValid()) throw new Error('leadership is over before it was used');
process.stdout.write(`leads ${token}\n`);
if (isToPause === 'pause') process.kill(process.pid, 'SIGSTOP');
try {
  await fencedWrite(connection, 'reward', token, () =>
    connection.query('INSERT INTO payments (payer, token) VALUES ($1, $2)', [nodeId, token]),
  );
  process.stdout.write('paid\n');
} catch (error) {
  if (!(error instanceof StaleTokenError)) throw error;
  process.stdout.write(`refused: ${error.message}\n`);
}
// Leads on until the test ends it.
