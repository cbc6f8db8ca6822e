import type { GroupMember } from '@hanok/cluster';
import type { Clock, Logger } from '@hanok/service-kit';
import type { EventLogFile } from './event-log-file.ts';
import type { VoterChangeKind } from './voter-changes.ts';

/** What happened, as one coordinator saw it. */
export type ClusterEvent =
  | { readonly type: 'started' | 'stopped' }
  | { readonly type: 'leader'; readonly leaderId: string | null; readonly term: number }
  | {
      readonly type: 'member';
      readonly change: string;
      readonly id: string;
      readonly host: string;
      readonly port: number;
    }
  | VotersEvent;

/** The voters and learners, as committed. */
export interface VotersEvent {
  readonly type: 'voters';
  /** Place in the replicated log: 0 for the list that a cluster begins with. */
  readonly index: number;
  /** Against the event of this type before; none in the first one. */
  readonly changes: { readonly id: string; readonly change: VoterChangeKind }[];
  readonly members: GroupMember[];
}

/** An event with its place in the log. */
export type LoggedEvent = ClusterEvent & {
  /** Counts up by one, over restarts too. */
  readonly number: number;
  /** ISO 8601, UTC, by this coordinator's clock. */
  readonly at: string;
};

/** Events that are kept for readers. */
export const keptEvents = 2_000;

interface EventLogOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Null keeps them in memory alone. */
  readonly file: EventLogFile | null;
}

/**
 * What happened to members, voters and leadership, the last 2,000 events, kept across restarts. For people who ask
 * afterwards what went on: nothing is decided by it, so a disk that fails is logged and otherwise ignored.
 */
export class EventLog {
  readonly #options: EventLogOptions;
  #events: LoggedEvent[];
  #voters: VotersEvent | null;
  #waiting: LoggedEvent[] = [];
  #writing: Promise<void> | null = null;

  /** @param before what the file holds. */
  constructor(options: EventLogOptions, before: readonly LoggedEvent[] = []) {
    this.#options = options;
    this.#events = before.slice(-keptEvents);
    this.#voters = before.findLast((event) => event.type === 'voters') ?? null;
  }

  /** The last one of the voters, however long ago; null when there is none. */
  get lastVoters(): VotersEvent | null {
    return this.#voters;
  }

  record(event: ClusterEvent): void {
    const number = (this.#events.at(-1)?.number ?? 0) + 1;
    const logged = { ...event, number, at: new Date(this.#options.clock.now()).toISOString() };
    this.#events.push(logged);
    if (event.type === 'voters') this.#voters = event;
    if (this.#events.length >= keptEvents * 2) this.#events = this.#events.slice(-keptEvents);
    const { file } = this.#options;
    if (file === null) return;
    this.#waiting = [...this.#waiting, logged].slice(-keptEvents);
    this.#writing ??= this.#write(file);
  }

  /** The newest first, older than `before` where that is given. */
  list(limit: number, before = Infinity): LoggedEvent[] {
    const kept = this.#events.slice(-keptEvents).filter(({ number }) => number < before);
    return kept.slice(-limit).toReversed();
  }

  /** Resolves when all that was recorded has been written, or could not be. */
  async settled(): Promise<void> {
    await this.#writing;
  }

  async #write(file: EventLogFile): Promise<void> {
    while (this.#waiting.length > 0) {
      const events = this.#waiting;
      this.#waiting = [];
      try {
        await file.append(events);
      } catch (error) {
        this.#options.logger.warn({ err: error }, 'cannot write the log of events');
      }
    }
    this.#writing = null;
  }
}
