import { parseArgs } from 'node:util';
import { Membership } from '../../src/membership/membership.ts';
import { DropCounts } from '../../src/wire/drop-counts.ts';
import { KeyRing } from '../../src/wire/key-ring.ts';
import { StreamListener } from '../../src/wire/stream-listener.ts';

// A member as a process of its own: prints what it sees, leaves on SIGTERM.
const { values } = parseArgs({
  options: { id: { type: 'string' }, port: { type: 'string' }, seeds: { type: 'string', default: '' } },
});
const { id = '', port: portText = '0', seeds } = values;
const port = Number(portText);
const ring = new KeyRing('test', [Buffer.alloc(32, 1)]);
const drops = new DropCounts();
const listener = new StreamListener({ host: '127.0.0.1', port, ring, drops });
await listener.listen();
const membership = await Membership.start({
  id,
  host: '127.0.0.1',
  port,
  listener,
  ring,
  drops,
  config: 'local',
});
const say = (line: string): boolean => process.stdout.write(`${line}\n`);
membership.watch((change, member) => say(`${change} ${member.id}`));
membership.onBroadcast(({ from, text }) => void say(`broadcast ${from} ${text}`));
process.once('SIGTERM', () => {
  void membership.leave().then(async () => {
    await listener.close();
    return say('gone');
  });
});
say('ready');
const seedPorts = seeds.split(',').filter((seed) => seed !== '');
await membership.join(seedPorts.map((seed) => ({ host: '127.0.0.1', port: Number(seed) })));
