import type { Balancer } from '../balancer.ts';
import type { ConnectionState } from '../data-plane/live-connection.ts';
import { plainAddress } from '../data-plane/source-address.ts';

/** A connection's place in the list: its worker's thread, never used again, and its serial there. */
export interface ConnectionId {
  readonly thread: number;
  readonly serial: number;
}

/** The form of a connection's id. */
export const CONNECTION_ID_PATTERN = '^[0-9]{1,9}-[0-9]{1,15}$';

/** One client connection as the admin API shows it. */
export interface ConnectionReport {
  readonly id: string;
  readonly source: string;
  /** Null while it has none; `(removed)` when its backend has been taken out. */
  readonly backend: string | null;
  readonly state: ConnectionState;
  readonly openedAt: string;
  readonly bytesToBackend: number;
  readonly bytesToClient: number;
}

export interface ConnectionFilter {
  readonly limit: number;
  readonly after?: ConnectionId;
  /** Only connections with this backend. */
  readonly slot?: number;
  /** Only from this address. */
  readonly source?: string;
}

/** Reads an id of the form CONNECTION_ID_PATTERN. */
export function parseConnectionId(id: string): ConnectionId {
  const [thread = 0, serial = 0] = id.split('-').map(Number);
  return { thread, serial };
}

/** Client connections of a balancer in the order of their ids, `limit` at most. */
export async function listConnections(balancer: Balancer, filter: ConnectionFilter) {
  const { limit, after = { thread: 0, serial: 0 }, slot = null, source = null } = filter;
  const names = new Map(balancer.backends.list().map((backend) => [backend.slot, backend.spec.id]));
  const items: ConnectionReport[] = [];
  for (const thread of balancer.workers.threads.filter((each) => each >= after.thread)) {
    // One more than asked for tells whether there is a next page.
    const missing = limit + 1 - items.length;
    if (missing <= 0) break;
    const afterSerial = thread === after.thread ? after.serial : 0;
    const query = { afterSerial, limit: missing, slot, source };
    for (const { serial, openedAtMs, slot: held, ...rest } of await balancer.workers.connections(
      thread,
      query,
    )) {
      items.push({
        id: `${thread}-${serial}`,
        ...rest,
        source: plainAddress(rest.source),
        backend: held < 0 ? null : (names.get(held) ?? '(removed)'),
        openedAt: new Date(openedAtMs).toISOString(),
      });
    }
  }
  const page = items.slice(0, limit);
  return { items: page, nextCursor: items.length > limit ? (page.at(-1)?.id ?? null) : null };
}
