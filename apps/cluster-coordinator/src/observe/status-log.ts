import type { Clock, Logger, Timer } from '@hanok/service-kit';

/** What the log tells of the cluster: the part of `/v1/status` that people read at a glance. */
export interface LoggedStatus {
  readonly nodeId: string;
  readonly leaderId: string | null;
  readonly term: number;
  readonly stale: boolean;
  readonly nodes: readonly {
    readonly id: string;
    readonly role: string;
    readonly alive: boolean;
    readonly state: string;
  }[];
}

/**
 * Prints the chapter's status to the log every `intervalMs`: this node, the leader, and every node with its role and
 * whether it is alive. What has not changed is not repeated. Returns what stops it; 0 prints nothing.
 */
export function logStatus(
  read: () => LoggedStatus,
  intervalMs: number,
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
): () => void {
  if (intervalMs === 0) return () => undefined;
  let last = '';
  let timer: Timer;
  const print = (): void => {
    const line = summarise(read());
    if (line !== last) logger.info(line);
    last = line;
    timer = clock.setTimer(intervalMs, print);
  };
  timer = clock.setTimer(intervalMs, print);
  return () => timer.cancel();
}

function summarise({ nodeId, leaderId, term, stale, nodes }: LoggedStatus): string {
  const leader = leaderId === null ? 'no leader' : `leader ${leaderId}`;
  const alive = nodes.filter((node) => node.alive).length;
  const each = nodes.map(({ id, role, state }) => `${id} ${role} ${state}`).join('; ');
  return `${nodeId}${stale ? ' (out of touch)' : ''}: ${leader}, term ${term}, ${alive} of ${nodes.length} alive; ${each}`;
}
