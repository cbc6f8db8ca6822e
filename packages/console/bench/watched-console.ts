import { createServer, silentLogger } from '@hanok/service-kit';
import { addConsole } from '../src/index.ts';
import { FakeSource, serviceEntry } from '../test/support/fake-source.ts';

/** What the bench asks: the processor time used so far, ms; or that a coordinator be lost, and when that was (wall clock). */
export type Question = 'processor-time' | { readonly lose: string };

/**
 * The console of a coordinator that knows 1,000 services, all of which change every second, in a process of its own: what
 * the browser's driver costs is not what the console costs. Started by `fork` with the ports of the lb-proxies; tells its
 * own, and answers each question with a number.
 */
const ports = process.argv.slice(2).map(Number);
const source = new FakeSource();
const services = Array.from({ length: 1_000 }, (_, index) =>
  // Who is asked for its metrics answers, as services do.
  serviceEntry(`game-${index}`, 'game', ports[index % ports.length] ?? 1),
);
const balancers = ports.map((port, index) => serviceEntry(`lb-${index}`, 'lb-proxy', port));
const inState = (state: string) => [...balancers, ...services.map((each) => ({ ...each, state }))];
const states = [inState('ready'), inState('draining')];
let round = 0;
setInterval(() => {
  round += 1;
  source.entries = states[round % states.length] ?? [];
  source.changed();
}, 1_000);
source.entries = inState('ready');

function answer(question: Question): number {
  if (question === 'processor-time') {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1_000;
  }
  const now = new Date();
  const at = now.toISOString();
  source.events = [{ id: at, at, kind: 'dead', subject: question.lose, scope: 'game', detail: '' }];
  source.changed();
  return now.getTime();
}

const server = await createServer({ name: 'bench', description: 'bench', host: '127.0.0.1' });
await addConsole(server, { source, auditFolder: null, logger: silentLogger });
const url = await server.listen({ host: '127.0.0.1', port: 0 });
process.on('message', (question: Question) => process.send?.(answer(question)));
process.send?.(Number(new URL(url).port));
process.once('disconnect', () => process.exit(0));
