import { setTimeout as sleep } from 'node:timers/promises';
import type { ClientConnection, ListenSettings, RelayEngine, RelayListener } from '../relay/relay-engine.ts';
import type { WorkerReport } from './messages.ts';

const REOPEN_PAUSE_MS = 100;

/** Who is told of clients, and what is reported to the main thread. */
export interface GamePortEvents {
  readonly accepted: (client: ClientConnection) => void;
  readonly acceptFailed: () => void;
  readonly report: (report: WorkerReport) => void;
}

/** The address on which one worker accepts clients. */
export class GamePort {
  readonly #engine: RelayEngine;
  readonly #settings: ListenSettings;
  readonly #events: GamePortEvents;
  #listener: RelayListener | undefined;
  #closed = false;

  constructor(engine: RelayEngine, settings: ListenSettings, events: GamePortEvents) {
    this.#engine = engine;
    this.#settings = settings;
    this.#events = events;
  }

  /** Reports `listening`, or `cannot-listen`. */
  async open(): Promise<void> {
    try {
      await this.#listen(this.#settings);
    } catch (error) {
      const { code = 'ERROR', message } = error as NodeJS.ErrnoException;
      this.#events.report({ type: 'cannot-listen', code, message });
    }
  }

  /** Accepts again after `close`. Whoever was given the port may hold it for a moment longer. */
  async reopen(port: number): Promise<void> {
    this.#closed = false;
    while (!this.#closed) {
      try {
        await this.#listen({ ...this.#settings, port, inherited: [] });
        return;
      } catch {
        await sleep(REOPEN_PAUSE_MS);
      }
    }
  }

  /** Leaves clients with the kernel, or accepts them again. */
  pause(paused: boolean): void {
    if (paused) this.#listener?.movable?.pause();
    else this.#listener?.movable?.resume();
  }

  close(): void {
    this.#closed = true;
    this.#listener?.close();
  }

  async #listen(settings: ListenSettings): Promise<void> {
    const { accepted, acceptFailed, report } = this.#events;
    this.#listener = await this.#engine.listen(settings, accepted, acceptFailed);
    const { port, movable } = this.#listener;
    report({ type: 'listening', port, descriptors: movable?.descriptors ?? [] });
  }
}
