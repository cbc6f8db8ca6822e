import type { Clock, Logger, Timer } from '@hanok/service-kit';
import type { ListenerSet } from '../listeners/listener-set.ts';
import { readStatistics, type BackendReport, type Statistics } from './statistics.ts';

/** Prints the chapter's statistics of each listener to the log every `intervalMs`. Returns what stops it. */
export function logStatistics(
  listeners: ListenerSet,
  intervalMs: number,
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
): () => void {
  if (intervalMs === 0) return () => {};
  let timer: Timer;
  const print = (): void => {
    for (const { name, balancer } of listeners.list()) {
      const statistics = readStatistics(balancer, clock.now(), clock.monotonicMs());
      logger.info(`${name}: ${summarise(statistics)}`);
    }
    timer = clock.setTimer(intervalMs, print);
  };
  timer = clock.setTimer(intervalMs, print);
  return () => timer.cancel();
}

function summarise({ strategy, connections, backends }: Statistics): string {
  const parts = backends.length === 0 ? 'no backends' : backends.map((each) => describe(each)).join('; ');
  return `${strategy}, ${connections.total} connections, ${connections.active} active; ${parts}`;
}

function describe(backend: BackendReport): string {
  const { averageResponseTimeMs } = backend;
  const average = averageResponseTimeMs === null ? '' : `, ${averageResponseTimeMs.toFixed(2)} ms on average`;
  const state = backend.state === 'enabled' ? backend.health : backend.state;
  return `${backend.id} ${state} ${backend.activeConnections} active, ${backend.totalConnections} total${average}`;
}
