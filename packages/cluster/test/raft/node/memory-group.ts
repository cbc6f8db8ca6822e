import { silentLogger } from '@hanok/service-kit';
import { SimulatedClock } from '@hanok/testkit';
import { EmbeddedCoordination } from '../../../src/engine/embedded-coordination.ts';
import type { MessageHandler, RaftTransport } from '../../../src/raft/node/raft-transport.ts';
import { emptyRecovery } from '../../../src/raft/raft-types.ts';
import type { NodeId, Persist, RecoveredState } from '../../../src/raft/raft-types.ts';
import type { Compaction, RaftStorage } from '../../../src/raft/storage/raft-storage.ts';

/** A disk in memory that can be read again after a restart, and told to fail. */
export class MemoryStorage implements RaftStorage {
  readonly storageId: string;
  failure: Error | null = null;
  writes = 0;
  #recovered: RecoveredState = emptyRecovery;

  constructor(storageId: string) {
    this.storageId = storageId;
  }

  get recovered(): RecoveredState {
    return this.#recovered;
  }

  async append(batches: readonly Persist[]): Promise<void> {
    if (this.failure !== null) throw this.failure;
    this.writes += 1;
    for (const { hardState, snapshot, entries } of batches) {
      const base = snapshot === null ? this.#recovered : { snapshot, entries: [] };
      const [first] = entries;
      const kept = base.entries.filter(({ index }) => first === undefined || index < first.index);
      this.#recovered = { hardState, snapshot: base.snapshot, entries: [...kept, ...entries] };
    }
    return Promise.resolve();
  }

  compact({ snapshot, hardState, entries }: Compaction): Promise<void> {
    const after = entries.filter(({ index }) => index > snapshot.index);
    this.#recovered = { snapshot, hardState, entries: after };
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** Coordinators in one process, on a clock that the test moves. */
export class MemoryGroup {
  readonly clock = new SimulatedClock();
  readonly ids: readonly NodeId[];
  readonly disks = new Map<NodeId, MemoryStorage>();
  readonly running = new Map<NodeId, EmbeddedCoordination>();
  readonly fatal: unknown[] = [];
  readonly #handlers = new Map<NodeId, MessageHandler>();
  readonly #cut = new Set<NodeId>();

  constructor(count: 1 | 3 = 3) {
    this.ids = Array.from({ length: count }, (_, index) => `c${index + 1}`);
    for (const id of this.ids) {
      this.disks.set(id, new MemoryStorage(`${id}-disk`));
      this.start(id);
    }
  }

  start(id: NodeId): EmbeddedCoordination {
    const coordination = new EmbeddedCoordination({
      raft: {
        id,
        voters: this.ids.map((voter, index) => ({ id: voter, host: 'memory', port: index + 1 })),
        seed: this.ids.indexOf(id),
      },
      storage: this.disk(id),
      transport: this.#transport(id),
      logger: silentLogger,
      clock: this.clock,
      onFatal: (error) => this.fatal.push(error),
    });
    this.running.set(id, coordination);
    coordination.start();
    return coordination;
  }

  /** Ends without a word, as kill -9 does. */
  kill(coordination: EmbeddedCoordination): NodeId {
    const { id } = coordination.node;
    this.#handlers.delete(id);
    this.running.delete(id);
    void coordination.node.stop();
    return id;
  }

  killById(id: NodeId): void {
    const coordination = this.running.get(id);
    if (coordination !== undefined) this.kill(coordination);
  }

  isolate(id: NodeId): void {
    this.#cut.add(id);
  }

  mend(): void {
    this.#cut.clear();
  }

  disk(id: NodeId): MemoryStorage {
    const disk = this.disks.get(id);
    if (disk === undefined) throw new Error(`there is no ${id}`);
    return disk;
  }

  /** Lets time pass until one leads, and returns it. */
  async leader(): Promise<EmbeddedCoordination> {
    await this.clock.advanceUntil(() => this.leaders().length === 1, 30_000);
    const [leader] = this.leaders();
    if (leader === undefined) throw new Error('nobody leads');
    return leader;
  }

  leaders(): EmbeddedCoordination[] {
    return [...this.running.values()].filter(({ node }) => node.view.serving && node.holdsLease());
  }

  followers(): EmbeddedCoordination[] {
    return [...this.running.values()].filter(({ node }) => !node.view.serving);
  }

  /** Lets time pass until `work` is done. */
  async settle<T>(work: Promise<T>, limitMs = 20_000): Promise<T> {
    let done = false;
    const finish = (): void => void (done = true);
    work.then(finish, finish);
    await this.clock.advanceUntil(() => done, limitMs);
    return work;
  }

  #transport(id: NodeId): RaftTransport {
    const reaches = (to: NodeId): boolean =>
      this.running.has(to) && this.#handlers.has(to) && !this.#cut.has(id) && !this.#cut.has(to);
    return {
      isConnected: reaches,
      setPeers: () => undefined,
      send: (to, message) => {
        if (!reaches(to)) return false;
        // Delivered after what runs now, as a network does.
        this.clock.setTimer(1, () => {
          if (reaches(to)) this.#handlers.get(to)?.(id, message);
        });
        return true;
      },
      start: (onMessage) => void this.#handlers.set(id, onMessage),
      close: () => undefined,
    };
  }
}
