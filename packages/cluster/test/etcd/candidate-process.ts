import { setTimeout as sleep } from 'node:timers/promises';
import { silentLogger } from '@hanok/service-kit';
import { EtcdCoordination } from '../../src/etcd/etcd-coordination.ts';
import { parseEtcdUrl } from '../../src/etcd/etcd-url.ts';
import { noTransport } from './start-on-etcd.ts';

// A coordinator as a process of its own, which acts for as long as it leads and prints when it did.
const [url = '', prefix = '', nodeId = ''] = process.argv.slice(2);
const address = parseEtcdUrl(url, prefix);
const coordination = new EtcdCoordination({ address, nodeId, transport: noTransport, logger: silentLogger });
coordination.start();
process.stdout.write('ready\n');
for (;;) {
  const leadership = await coordination.election.campaign();
  for (;;) {
    const at = Date.now();
    if (!leadership.isValid()) break;
    process.stdout.write(`act ${at} ${leadership.token}\n`);
    await sleep(10);
  }
  process.stdout.write('over\n');
}
