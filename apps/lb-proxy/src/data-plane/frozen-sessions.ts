import type { FrozenSession } from './messages.ts';
import type { Session } from './session.ts';

/** Sessions that are held still until it is known who goes on with them. */
export class FrozenSessions {
  #held: Session[] = [];

  /** Holds relays still, so many and with so many pending bytes at most. */
  freeze(sessions: Iterable<Session>, maxConnections: number, maxBytes: number): FrozenSession[] {
    const all: FrozenSession[] = [];
    let sizeBytes = 0;
    for (const session of sessions) {
      if (all.length >= maxConnections || sizeBytes >= maxBytes) break;
      const frozen = session.freeze();
      if (frozen === undefined) continue;
      all.push(frozen);
      this.#held.push(session);
      const { client, backend } = frozen.frozen;
      sizeBytes += (client?.pending?.length ?? 0) + (backend?.pending?.length ?? 0);
    }
    return all;
  }

  /** They were moved, or go on here. */
  settle(moved: boolean): void {
    for (const session of this.#held) session.settle(moved);
    this.#held = [];
  }
}
