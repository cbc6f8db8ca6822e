import type { ConnectionQuery, LiveConnection } from './live-connection.ts';
import type { Session } from './session.ts';
import { plainAddress } from './source-address.ts';

/** The sessions a query asks for; `sessions` are in the order of their serials. */
export function listSessions(sessions: Iterable<Session>, query: ConnectionQuery): LiveConnection[] {
  const items: LiveConnection[] = [];
  for (const session of sessions) {
    if (items.length >= query.limit) break;
    if (session.serial <= query.afterSerial) continue;
    if (query.slot !== null && session.slot !== query.slot) continue;
    const connection = session.describe();
    if (query.source !== null && plainAddress(connection.source) !== query.source) continue;
    items.push(connection);
  }
  return items;
}

/** Closes one session, however far it has come; whether it was there. */
export function closeSession(sessions: Iterable<Session>, serial: number): boolean {
  for (const session of sessions) {
    if (session.serial !== serial) continue;
    session.closeByAdmin();
    return true;
  }
  return false;
}
