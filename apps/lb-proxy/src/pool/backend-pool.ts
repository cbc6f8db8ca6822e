import type { Clock, Logger } from '@hanok/service-kit';
import { hashText } from '@hanok/strategies';
import type { SlotEndpoint } from '../data-plane/messages.ts';
import type { SharedState } from '../data-plane/shared-state.ts';
import type { EventJournal } from '../observe/event-journal.ts';
import type { InheritedBackend } from '../upgrade/upgrade-messages.ts';
import { BackendError, type Backend, type BackendChange, type BackendSpec } from './backend.ts';
import { BackendHealth, type HealthSettings } from './backend-health.ts';
import { DrainDeadlines } from './drain-deadlines.ts';
import type { HealthChecker } from './health-checker.ts';
import { TablePublisher } from './table-publisher.ts';
import type { ProbeResult } from './tcp-check.ts';

/** What the backends of one pool go by. */
export interface PoolSettings {
  readonly health: HealthSettings;
  readonly panicPercent: number;
  /** Most of the enabled backends that may be ejected at once. */
  readonly maxEjectedPercent: number;
  readonly slowStartMs: number;
  /** Most connections at once of a backend that says nothing else; 0: no limit. */
  readonly maxConnectionsPerBackend: number;
}

/** How the pool reaches the data plane. */
export interface DataPlane {
  setEndpoint(endpoint: SlotEndpoint): void;
  /** The table was published anew. */
  tableChanged(): void;
  closeConnections(slot: number): void;
}

export interface BackendPoolOptions {
  readonly state: SharedState;
  /** By the pool's name; the default one has the empty name. */
  readonly settingsOf: (pool: string) => PoolSettings;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly dataPlane: DataPlane;
  /** Told what happens to the backends. */
  readonly journal?: EventJournal | undefined;
}

/**
 * The backends, owned by the main thread: who they are, how they are, and what of that the table shows to the
 * workers. Every change of the table goes through here.
 */
export class BackendPool {
  readonly #options: BackendPoolOptions;
  readonly #backends = new Map<string, Backend>();
  readonly #deadlines: DrainDeadlines;
  readonly #publisher: TablePublisher;
  #checker: HealthChecker | undefined;
  #lastSlot = -1;

  constructor(options: BackendPoolOptions) {
    this.#options = options;
    this.#deadlines = new DrainDeadlines(options.clock, (slot) => {
      options.logger.info({ slot }, 'drain deadline: closing the connections that are left');
      options.dataPlane.closeConnections(slot);
    });
    this.#publisher = new TablePublisher({
      table: options.state.table,
      clock: options.clock,
      logger: options.logger,
      backends: () => this.#backends.values(),
      settingsOf: (spec) => this.settingsOf(spec),
      published: () => options.dataPlane.tableChanged(),
    });
  }

  /** True while doubtful backends are used because too few are healthy. */
  get panic(): boolean {
    return this.#publisher.panic;
  }

  /** Backends by id. */
  list(): Backend[] {
    return [...this.#backends.values()].toSorted((a, b) => (a.spec.id < b.spec.id ? -1 : 1));
  }

  find(id: string): Backend | undefined {
    return this.#backends.get(id);
  }

  /** What the backends of a pool go by. */
  settingsOf({ pool = '' }: Pick<BackendSpec, 'pool'>): PoolSettings {
    return this.#options.settingsOf(pool);
  }

  /** @throws BackendError `backend_not_found` */
  get(id: string): Backend {
    const backend = this.#backends.get(id);
    if (backend === undefined) throw new BackendError('backend_not_found', 'params.id', `no backend ${id}`);
    return backend;
  }

  /** Starts checking; backends added before and later are checked at once. */
  start(checker: HealthChecker): void {
    this.#checker = checker;
    for (const backend of this.#backends.values()) checker.watch(backend);
  }

  stop(): void {
    this.#publisher.stop();
    this.#deadlines.stop();
    this.#checker?.stop();
  }

  /** @throws BackendError when the id or the address is taken or the pool is full */
  add(spec: BackendSpec): Backend {
    this.#refuseDuplicate(spec);
    const { state } = this.#options;
    const slot = this.#freeSlot();
    state.clearBackend(slot);
    state.table.admit(slot, { key: hashText(spec.id), weight: spec.weight, maxActive: spec.maxConnections });
    const version = state.table.version[slot] ?? 0;
    const backend: Backend = {
      slot,
      version,
      spec,
      health: new BackendHealth(this.settingsOf(spec).health),
      address: undefined,
      upSinceMs: -Infinity,
      checkedAt: null,
    };
    this.#backends.set(spec.id, backend);
    this.#options.logger.info(
      { backend: spec.id, host: spec.host, port: spec.port, source: spec.source },
      'backend added',
    );
    this.#options.journal?.record('added', spec.id, `${spec.host}:${spec.port}`);
    this.#publisher.publish();
    this.#checker?.watch(backend);
    return backend;
  }

  /**
   * Takes over what an earlier process knew of its backends: those that are missing here but would not come back by
   * themselves or not at once, and who was healthy, so that nobody has to wait for a first check.
   */
  restore(inherited: readonly InheritedBackend[]): void {
    for (const { spec, upAt } of inherited) {
      const known = this.#backends.get(spec.id) ?? this.#addInherited(spec);
      if (known === undefined || known.spec.host !== spec.host || known.spec.port !== spec.port) continue;
      if (known.spec.state !== spec.state) this.change(spec.id, { state: spec.state });
      if (upAt !== null) this.checked(known, { check: { ok: true, tookMs: 0 }, address: upAt });
    }
  }

  /**
   * Changes a backend that is there.
   * @param drainDeadlineMs with the state `draining`: closes what is still open after so long; any other state
   * calls it off
   */
  change(id: string, change: BackendChange, drainDeadlineMs?: number): Backend {
    const backend = this.get(id);
    const { state: before } = backend.spec;
    backend.spec = { ...backend.spec, ...change };
    if (backend.spec.state !== 'draining') this.#deadlines.cancel(backend.slot);
    else if (drainDeadlineMs !== undefined) this.#deadlines.set(backend.slot, drainDeadlineMs);
    this.#options.state.table.maxActive[backend.slot] = backend.spec.maxConnections;
    if (change.state === 'disabled') this.#options.dataPlane.closeConnections(backend.slot);
    this.#options.logger.info({ backend: id, ...change }, 'backend changed');
    if (backend.spec.state !== before) this.#options.journal?.record(backend.spec.state, id);
    this.#publisher.publish();
    return backend;
  }

  /** When the connections of a draining backend will be closed; undefined when they will not. */
  drainDeadline({ slot }: Backend): Date | undefined {
    return this.#deadlines.at(slot);
  }

  /** Takes a backend out. Its connections go on unless `closeConnections` is set. */
  remove(id: string, closeConnections = false): void {
    const backend = this.get(id);
    this.#backends.delete(id);
    this.#checker?.unwatch(backend);
    this.#deadlines.cancel(backend.slot);
    this.#options.state.table.evict(backend.slot);
    if (closeConnections) this.#options.dataPlane.closeConnections(backend.slot);
    this.#options.logger.info({ backend: id }, 'backend removed');
    this.#options.journal?.record('removed', id);
    this.#publisher.publish();
  }

  /** Takes in an active check's result. */
  checked(backend: Backend, { check, address }: ProbeResult): void {
    const { clock, logger, dataPlane, journal } = this.#options;
    backend.checkedAt = new Date(clock.now()).toISOString();
    if (address !== undefined && address !== backend.address) {
      backend.address = address;
      dataPlane.setEndpoint({
        slot: backend.slot,
        version: backend.version,
        host: address,
        port: backend.spec.port,
        pool: backend.spec.pool ?? '',
      });
    }
    if (!backend.health.check(check)) return;
    if (check.ok) {
      backend.upSinceMs = clock.monotonicMs();
      logger.info({ backend: backend.spec.id }, 'backend is up');
      journal?.record('up', backend.spec.id);
    } else {
      logger.warn({ backend: backend.spec.id, reason: check.detail }, 'backend is down');
      journal?.record('down', backend.spec.id, check.detail);
    }
    this.#publisher.publish();
  }

  /** Connects of real clients to the backend in a slot keep failing. */
  connectsFailed(slot: number, code: string): void {
    const { clock, logger, journal } = this.#options;
    const backend = [...this.#backends.values()].find((each) => each.slot === slot);
    if (backend === undefined) return;
    const nowMs = clock.monotonicMs();
    backend.health.suspect();
    this.#checker?.checkNow(backend);
    const others = [...this.#backends.values()].filter(
      ({ spec }) => spec.state === 'enabled' && spec.pool === backend.spec.pool,
    );
    const ejected = others.filter(({ health }) => health.isEjected(nowMs)).length;
    const mayEject = (ejected + 1) * 100 <= this.settingsOf(backend.spec).maxEjectedPercent * others.length;
    if (!mayEject || !backend.health.isUsable(nowMs)) return;
    const durationMs = backend.health.eject(nowMs);
    logger.warn({ backend: backend.spec.id, code, durationMs }, 'backend ejected: connects keep failing');
    journal?.record('ejected', backend.spec.id, code);
    this.#publisher.publish();
  }

  #addInherited(spec: BackendSpec): Backend | undefined {
    // One that came from the configuration and is there no more was taken out on purpose.
    if (spec.source === 'static') return undefined;
    try {
      return this.add(spec);
    } catch (error) {
      this.#options.logger.warn({ backend: spec.id, reason: (error as Error).message }, 'backend left out');
      return undefined;
    }
  }

  #refuseDuplicate({ id, host, port }: BackendSpec): void {
    if (this.#backends.has(id)) {
      throw new BackendError('backend_exists', 'body.id', `there is a backend ${id} already`);
    }
    for (const { spec } of this.#backends.values()) {
      if (spec.host !== host || spec.port !== port) continue;
      throw new BackendError(
        'backend_address_taken',
        'body.port',
        `${host}:${port} is backend ${spec.id} already`,
      );
    }
  }

  /** A slot no backend has and no connection is open on; the one longest unused comes first. */
  #freeSlot(): number {
    const { table } = this.#options.state;
    for (let step = 1; step <= table.capacity; step += 1) {
      const slot = (this.#lastSlot + step) % table.capacity;
      if (Atomics.load(table.member, slot) === 1 || Atomics.load(table.active, slot) !== 0) continue;
      this.#lastSlot = slot;
      return slot;
    }
    throw new BackendError('backend_pool_full', 'body', `the pool holds at most ${table.capacity} backends`);
  }
}
