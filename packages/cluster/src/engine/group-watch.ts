import { decodeConfiguration } from '../raft/configuration.ts';
import type { ConfigurationAt } from '../raft/configuration.ts';
import type { StateMachine } from '../raft/node/state-machine.ts';
import type { Entry } from '../raft/raft-types.ts';

/**
 * Tells of the voters and learners as they are committed: what a log only proposes may still be taken back. Stands
 * between Raft and its state machine, as it sees what is committed.
 */
export class GroupWatch implements StateMachine {
  readonly #inner: StateMachine;
  readonly #restored: () => ConfigurationAt;
  readonly #listeners = new Set<(group: ConfigurationAt) => void>();
  #group: ConfigurationAt;

  /**
   * @param first what is in force before the first entry of the log.
   * @param restored what is in force after a snapshot of another node was taken.
   */
  constructor(inner: StateMachine, first: ConfigurationAt, restored: () => ConfigurationAt) {
    this.#inner = inner;
    this.#group = first;
    this.#restored = restored;
  }

  /** Calls back at once and after each change. @returns what ends it. */
  observe(listener: (group: ConfigurationAt) => void): () => void {
    listener(this.#group);
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  apply(entry: Entry): unknown {
    if (entry.kind === 'config') {
      this.#follow({ index: entry.index, members: decodeConfiguration(entry.data) });
    }
    return this.#inner.apply(entry);
  }

  snapshot(): string {
    return this.#inner.snapshot();
  }

  restore(data: string): void {
    this.#inner.restore(data);
    this.#follow(this.#restored());
  }

  #follow(group: ConfigurationAt): void {
    this.#group = group;
    for (const listener of this.#listeners) listener(group);
  }
}
