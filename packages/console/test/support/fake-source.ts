import type {
  ClusterSource,
  ClusterView,
  CoordinatorEntry,
  ServiceEntry,
  TimelineEvent,
} from '../../src/index.ts';

/** A coordinator that knows what a test tells it. */
export class FakeSource implements ClusterSource {
  readonly topics = new Map<string, (payload: string) => Promise<string>>();
  readonly #listeners = new Set<() => void>();
  view: ClusterView = {
    nodeId: 'coordinator-1',
    leaderId: 'coordinator-1',
    term: 3,
    isStale: false,
    revision: 7,
    engine: 'embedded',
    commitIndex: 12,
    logEntries: 12,
    leaseMs: 800,
    electionReason: 'start',
  };
  members: CoordinatorEntry[] = [];
  entries: ServiceEntry[] = [];
  events: TimelineEvent[] = [];
  stepDowns = 0;

  cluster(): ClusterView {
    return this.view;
  }

  coordinators(): readonly CoordinatorEntry[] {
    return this.members;
  }

  services(): readonly ServiceEntry[] {
    return this.entries;
  }

  timeline(): readonly TimelineEvent[] {
    return this.events;
  }

  watch(onChange: () => void): () => void {
    this.#listeners.add(onChange);
    return () => this.#listeners.delete(onChange);
  }

  /** Tells the console that something has changed. */
  changed(): void {
    for (const listener of this.#listeners) listener();
  }

  ask(coordinatorId: string): Promise<string> {
    return Promise.reject(new Error(`${coordinatorId} does not answer`));
  }

  answer(topic: string, handler: (payload: string) => Promise<string>): void {
    this.topics.set(topic, handler);
  }

  stepDown(): Promise<void> {
    this.stepDowns += 1;
    this.view = { ...this.view, leaderId: 'coordinator-2', term: this.view.term + 1 };
    return Promise.resolve();
  }

  removeService(id: string): Promise<boolean> {
    const before = this.entries.length;
    this.entries = this.entries.filter((entry) => entry.id !== id);
    return Promise.resolve(this.entries.length < before);
  }
}

/** A registered service at a port of this machine. */
export function serviceEntry(id: string, service: string, port: number): ServiceEntry {
  const registeredAt = '2026-01-01T00:00:00.000Z';
  return { id, service, host: '127.0.0.1', port, state: 'ready', ttlMs: 15_000, registeredAt, metadata: {} };
}
