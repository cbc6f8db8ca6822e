import type { RaftTransport } from '@hanok/cluster';

type Handler = Parameters<RaftTransport['start']>[0];
type Direction = 'both ways' | 'incoming';

/** Carries messages between coordinators of this process, except where it is cut: there they vanish without a word. */
export class MemoryNetwork {
  readonly #handlers = new Map<string, Handler>();
  #cut: { readonly id: string; readonly direction: Direction } | null = null;

  join(id: string): RaftTransport {
    return {
      send: (to, message) => {
        if (!this.#isCut(id, to)) setImmediate(() => this.#handlers.get(to)?.(id, message));
        return true;
      },
      isConnected: () => true,
      setPeers: () => undefined,
      start: (onMessage) => void this.#handlers.set(id, onMessage),
      close: () => void this.#handlers.delete(id),
    };
  }

  /** Parts one from all others: what it is sent is lost, and what it sends, too, when both ways are cut. */
  cut(id: string, direction: Direction): void {
    this.#cut = { id, direction };
  }

  heal(): void {
    this.#cut = null;
  }

  #isCut(from: string, to: string): boolean {
    if (this.#cut === null) return false;
    return to === this.#cut.id || (from === this.#cut.id && this.#cut.direction === 'both ways');
  }
}
