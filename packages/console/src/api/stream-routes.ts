import { problems, type HanokServer } from '@hanok/service-kit';
import { Collector } from '../live/collector.ts';
import { LiveModel } from '../live/live-model.ts';
import { StreamHub } from '../live/stream-hub.ts';
import type { ConsoleContext } from './context.ts';

/** Pages that are reloaded come back within this time; until then it goes on gathering. */
const lingerMs = 5_000;

/** `/console/api/stream`: everything that is shown live, first as a whole and then what changes of it. */
export function addStreamRoutes(server: HanokServer, context: ConsoleContext): void {
  const { source, clients, clock, logger, gate } = context;
  const model = new LiveModel();
  const hub = new StreamHub(clock);
  const collector = new Collector({
    source,
    clients,
    model,
    clock,
    logger,
    onRound: () => hub.send(model.publish()),
  });

  server.get('/console/api/stream', { exposeHeadRoute: false, schema: { hide: true } }, (request, reply) => {
    const caller = gate.require(request, 'viewer');
    if (hub.isFull) {
      throw problems.unavailable({ detail: 'Too many consoles are open here', retryAfterSeconds: 5 });
    }
    collector.start();
    reply.hijack();
    if (reply.raw.destroyed) return reply;
    hub.open(reply.raw, model.snapshot(), caller.session?.expiresAtMs ?? Infinity, () => {
      clock.setTimer(lingerMs, () => {
        if (hub.size === 0) collector.stop();
      });
    });
    return reply;
  });

  server.addHook('preClose', async () => {
    collector.stop();
    hub.close();
    await clients.close();
  });
}
