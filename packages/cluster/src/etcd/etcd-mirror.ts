import type { Clock, Logger, Rng } from '@hanok/service-kit';
import { BackOff } from '../client/back-off.ts';
import { EtcdCompactedError, EtcdError } from './etcd-error.ts';
import type { EtcdGateway } from './etcd-gateway.ts';
import {
  childOf,
  childrenOf,
  encodeText,
  integerOf,
  keyOf,
  prefixEnd,
  revisionOf,
  type EtcdKey,
  type EtcdObject,
} from './etcd-json.ts';

/** One change of one key. */
export interface EtcdEvent {
  readonly type: 'put' | 'delete';
  /** As it is now; of a deleted key, only the name and the revision of the deletion. */
  readonly now: EtcdKey;
  /** As it was before; null for a new key. */
  readonly before: EtcdKey | null;
}

/** What to keep a copy of, and whom to tell. */
export interface EtcdMirrorOptions {
  readonly gateway: EtcdGateway;
  readonly prefix: string;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly logger: Logger;
  /** Everything, at a revision: at the start, and when changes were missed for good. */
  readonly onReset: (keys: readonly EtcdKey[], revision: number) => void;
  /** The changes of one revision, in order; each revision once. */
  readonly onChange: (events: readonly EtcdEvent[], revision: number) => void;
}

/**
 * A watch lives so long; then the member is asked whether it still belongs to a majority, and watched anew from where
 * the copy stands. So neither a link that died silently nor a member that was cut off goes unnoticed for longer.
 */
const watchLifeMs = 3_000;
const currentForMs = 7_000;
const callTimeoutMs = 5_000;
const pageSize = 1_000;

/** A copy of all keys under a prefix, kept true by a watch that goes on where it broke. */
export class EtcdMirror {
  readonly #options: EtcdMirrorOptions;
  readonly #backOff: BackOff;
  readonly #stop = new AbortController();
  /** What the copy stands at; null when it must be read anew. */
  #revision: number | null = null;
  #confirmedAt = -Infinity;
  #loop: Promise<void> | null = null;

  constructor(options: EtcdMirrorOptions) {
    this.#options = options;
    this.#backOff = new BackOff({ firstMs: 50, maxMs: 2_000 }, options.rng);
  }

  /** Whether a majority of etcd has lately confirmed the copy. */
  get isCurrent(): boolean {
    return this.#options.clock.monotonicMs() - this.#confirmedAt < currentForMs;
  }

  start(): void {
    this.#loop ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { clock, gateway, logger } = this.#options;
    while (!this.#stop.signal.aborted) {
      try {
        await this.#confirm();
        await this.#watch();
        this.#backOff.reset();
      } catch (error) {
        if (this.#stop.signal.aborted) return;
        if (error instanceof EtcdCompactedError) this.#revision = null;
        else gateway.rotate();
        logger.warn({ err: error }, 'lost the watch on etcd');
        await clock.sleep(this.#backOff.nextDelayMs(), this.#stop.signal).catch(() => undefined);
      }
    }
  }

  /** A range goes through a majority: it proves that the member may be watched. Reads everything when needed. */
  async #confirm(): Promise<void> {
    const sentAt = this.#options.clock.monotonicMs();
    if (this.#revision === null) await this.#readAll();
    else await this.#range({ limit: '1', keys_only: true });
    this.#confirmedAt = sentAt;
  }

  async #readAll(): Promise<void> {
    const keys: EtcdKey[] = [];
    let revision = 0;
    for (let from = this.#options.prefix; ; from = `${keys.at(-1)?.key ?? ''}\0`) {
      const page = await this.#range({
        key: encodeText(from),
        limit: String(pageSize),
        ...(revision === 0 ? {} : { revision: String(revision) }),
      });
      if (revision === 0) revision = revisionOf(page);
      keys.push(...childrenOf(page, 'kvs').map(keyOf));
      if (page['more'] !== true) break;
    }
    this.#revision = revision;
    this.#options.onReset(keys, revision);
  }

  async #watch(): Promise<void> {
    const life = new AbortController();
    const stopped = (): void => life.abort();
    this.#stop.signal.addEventListener('abort', stopped, { once: true });
    const timer = this.#options.clock.setTimer(watchLifeMs, () => life.abort());
    const { prefix } = this.#options;
    const create = {
      key: encodeText(prefix),
      range_end: prefixEnd(prefix),
      start_revision: String((this.#revision ?? 0) + 1),
      prev_kv: true,
    };
    try {
      const { gateway } = this.#options;
      await gateway.follow(
        '/watch',
        { create_request: create },
        (message) => this.#take(message),
        life.signal,
      );
      if (!life.signal.aborted) throw new EtcdError('etcd ended the watch', null);
    } catch (error) {
      // The end of its life is no failure.
      if (!life.signal.aborted) throw error;
    } finally {
      timer.cancel();
      this.#stop.signal.removeEventListener('abort', stopped);
    }
  }

  #take(message: EtcdObject): void {
    if (integerOf(message, 'compact_revision') > 0)
      throw new EtcdCompactedError('etcd no longer keeps the events');
    if (message['canceled'] === true) throw new EtcdError('etcd refused the watch', null);
    const byRevision = Map.groupBy(childrenOf(message, 'events').map(eventOf), ({ now }) => now.modRevision);
    for (const [revision, events] of byRevision) {
      if (revision <= (this.#revision ?? 0)) continue;
      this.#revision = revision;
      this.#options.onChange(events, revision);
    }
  }

  #range(more: EtcdObject): Promise<EtcdObject> {
    const { gateway, prefix } = this.#options;
    const range = { key: encodeText(prefix), range_end: prefixEnd(prefix), ...more };
    return gateway.call('/kv/range', range, callTimeoutMs);
  }
}

function eventOf(event: EtcdObject): EtcdEvent {
  const before = event['prev_kv'] === undefined ? null : keyOf(childOf(event, 'prev_kv'));
  return { type: event['type'] === 'DELETE' ? 'delete' : 'put', now: keyOf(childOf(event, 'kv')), before };
}
