/** The service's program in two steps: it loads what main.ts is made of, and runs main.ts when SIGUSR2 says so. */
import { once } from 'node:events';
import '@hanok/cluster';
import '../../src/app.ts';
import '../../src/config.ts';
import '../../src/passwords/password-hasher.ts';
import '../../src/storage/open-storage.ts';
import '../../src/webhooks/sender.ts';

const released = once(process, 'SIGUSR2');
// Waiting for a signal alone keeps no process alive.
const waiting = setInterval(() => undefined, 60_000);
process.stdout.write('held\n');
await released;
clearInterval(waiting);
await import('../../src/main.ts');
