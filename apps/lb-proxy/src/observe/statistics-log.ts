import type { Clock, Logger, Timer } from '@hanok/service-kit';
import type { Balancer } from '../balancer.ts';
import { readStatistics, type BackendReport } from './statistics.ts';

/** Prints the chapter's statistics to the log every `intervalMs`. Returns what stops it. */
export function logStatistics(
  balancer: Balancer,
  intervalMs: number,
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
): () => void {
  if (intervalMs === 0) return () => {};
  let timer: Timer;
  const print = (): void => {
    const { strategy, connections, backends } = readStatistics(balancer, clock.now(), clock.monotonicMs());
    logger.info(
      `${strategy}: ${connections.total} connections, ${connections.active} active; ` +
        (backends.length === 0 ? 'no backends' : backends.map((backend) => describe(backend)).join('; ')),
    );
    timer = clock.setTimer(intervalMs, print);
  };
  timer = clock.setTimer(intervalMs, print);
  return () => timer.cancel();
}

function describe(backend: BackendReport): string {
  const { averageResponseTimeMs } = backend;
  const average = averageResponseTimeMs === null ? '' : `, ${averageResponseTimeMs.toFixed(2)} ms on average`;
  const state = backend.state === 'enabled' ? backend.health : backend.state;
  return `${backend.id} ${state} ${backend.activeConnections} active, ${backend.totalConnections} total${average}`;
}
