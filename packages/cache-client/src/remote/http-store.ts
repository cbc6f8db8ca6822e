import {
  createHttpClient,
  HttpError,
  systemClock,
  UnreachableError,
  type Clock,
  type HttpClient,
  type Timer,
} from '@hanok/service-kit';
import { CacheError } from '../errors.ts';
import { checkPattern } from '../pattern.ts';
import { CacheStore, type DeletionReport, type ShardStatus } from '../store/cache-store.ts';
import { checkOperands } from '../store/operands.ts';
import type { Operation, Reply } from '../store/operation.ts';
import type { SignalListener, SignalSubscription } from '../store/signals.ts';
import { RemoteSignals } from './remote-signals.ts';
import {
  fromWireError,
  maxWireOperations,
  wireMediaType,
  type WireDeletionReport,
  type WireOperation,
  type WireResult,
} from './wire.ts';

export interface HttpStoreOptions {
  /** The service credential of the cache-service. Default: none, which works on loopback. */
  readonly token?: string;
  /** Longest a call may take once it was sent. Default 2,000. */
  readonly commandTimeoutMs?: number;
  /** Most calls waiting; more fail with `overloaded`. Default 10,000. */
  readonly maxInFlight?: number;
  readonly clock?: Clock;
}

interface Waiting {
  readonly operation: WireOperation;
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: CacheError) => void;
}

/** Requests open at a time. While all are, calls gather and go together with the next. */
const maxRequests = 4;
/** A request is not filled beyond this many characters of arguments. */
const maxBatchLength = 262_144;
const firstProbeMs = 50;
const lastProbeMs = 500;

/**
 * A cache-service behind HTTP, or several that stand in for each other, because they have the same Redis. The calls of
 * one turn of the event loop share a request. When none can be reached, they are probed in the background; until one
 * answers again, calls fail at once with `unavailable`.
 */
export class HttpStore extends CacheStore {
  readonly #shard: string;
  readonly #client: HttpClient;
  readonly #clock: Clock;
  readonly #maxInFlight: number;
  readonly #signals: RemoteSignals;
  #waiting: Waiting[] = [];
  #inFlight = 0;
  #requests = 0;
  #scheduled = false;
  #reachable = true;
  #lastError: CacheError | undefined;
  #probe: Timer | undefined;
  #closed = false;

  /** @param url `http(s)://host:port`, further hosts after commas. @throws TypeError when it is none */
  constructor(url: string, options: HttpStoreOptions = {}) {
    super();
    const urls = urlsOf(url);
    this.#shard = urls.map(({ host }) => host).join(',');
    this.#client = createHttpClient({
      baseUrls: urls.map(({ href }) => href),
      token: options.token,
      timeoutMs: options.commandTimeoutMs ?? 2_000,
      maxConnections: maxRequests + 2,
    });
    this.#clock = options.clock ?? systemClock;
    this.#maxInFlight = options.maxInFlight ?? 10_000;
    this.#signals = new RemoteSignals({ urls, token: options.token, clock: this.#clock });
  }

  get connected(): boolean {
    return this.#reachable && !this.#closed;
  }

  get lastError(): CacheError | undefined {
    return this.#lastError;
  }

  status(): readonly ShardStatus[] {
    return [{ shard: this.#shard, connected: this.connected, lastError: this.#lastError }];
  }

  async run<Result>(
    operation: Operation<Result>,
    keys: readonly [string, ...string[]],
    args: readonly (string | number)[],
  ): Promise<Result> {
    const texts = checkOperands(keys, args);
    this.#assertUsable();
    if (this.#inFlight >= this.#maxInFlight) {
      throw new CacheError('overloaded', `${this.#maxInFlight} calls already wait for ${this.#shard}`);
    }
    this.#inFlight += 1;
    try {
      const reply = await new Promise<Reply>((resolve, reject) => {
        this.#waiting.push({ operation: { name: operation.name, keys, args: texts }, resolve, reject });
        this.#schedule();
      });
      return operation.decode(reply);
    } finally {
      this.#inFlight -= 1;
    }
  }

  async deleteMatching(pattern: string, tag?: string): Promise<readonly DeletionReport[]> {
    checkPattern(pattern);
    try {
      this.#assertUsable();
      const { body } = await this.#client.call<{ shards: WireDeletionReport[] }>({
        method: 'POST',
        path: '/v1/store/deletions',
        body: tag === undefined ? { pattern } : { pattern, tag },
      });
      return body.shards.map(({ error, ...report }) =>
        error === undefined ? report : { ...report, error: fromWireError(error) },
      );
    } catch (error) {
      return [{ shard: this.#shard, ok: false, deleted: 0, error: this.#failure(error) }];
    }
  }

  subscribe(key: string, listener: SignalListener): SignalSubscription {
    return this.#signals.subscribe(key, listener);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#signals.close();
    this.#probe?.cancel();
    for (const { reject } of this.#waiting.splice(0))
      reject(new CacheError('closed', 'the HTTP store was closed'));
    await this.#client.close();
  }

  #assertUsable(): void {
    if (this.#closed) throw new CacheError('closed', 'the HTTP store is closed');
    if (!this.#reachable) {
      throw new CacheError('unavailable', `${this.#shard} cannot be reached`, { cause: this.#lastError });
    }
  }

  #schedule(): void {
    if (this.#scheduled || this.#requests >= maxRequests) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      const batch = this.#takeBatch();
      if (batch.length > 0) void this.#exchange(batch);
      if (this.#waiting.length > 0) this.#schedule();
    });
  }

  #takeBatch(): Waiting[] {
    let length = 0;
    let count = 0;
    for (const { operation } of this.#waiting) {
      length += operation.args.reduce((sum, argument) => sum + argument.length, 0);
      if (count > 0 && (length > maxBatchLength || count >= maxWireOperations)) break;
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }

  async #exchange(batch: readonly Waiting[]): Promise<void> {
    this.#requests += 1;
    try {
      const operations = batch.map(({ operation }) => operation);
      const { body } = await this.#client.call<{ results: WireResult[] }>({
        method: 'POST',
        path: '/v1/store/operations',
        headers: { 'content-type': wireMediaType },
        body: { operations },
      });
      for (const [index, { resolve, reject }] of batch.entries()) {
        const result = body.results[index];
        if (result === undefined)
          reject(new CacheError('protocol', `${this.#shard} answered too few results`));
        else if ('error' in result) reject(this.#note(fromWireError(result.error)));
        else resolve(result.reply);
      }
    } catch (error) {
      const failure = this.#failure(error);
      for (const { reject } of batch) reject(failure);
    } finally {
      this.#requests -= 1;
      if (this.#waiting.length > 0) this.#schedule();
    }
  }

  #failure(error: unknown): CacheError {
    if (error instanceof CacheError) return error;
    if (this.#closed) return new CacheError('closed', 'the HTTP store was closed', { cause: error });
    if (error instanceof UnreachableError) {
      const timedOut = (error.cause as Error | undefined)?.name === 'TimeoutError';
      const failure = new CacheError(timedOut ? 'timeout' : 'unavailable', error.message, { cause: error });
      this.#loseSight();
      return this.#note(failure);
    }
    if (error instanceof HttpError) {
      const code =
        error.status === 401 || error.status === 403
          ? 'denied'
          : error.retryable
            ? 'unavailable'
            : 'protocol';
      return this.#note(new CacheError(code, `${this.#shard}: ${error.message}`, { cause: error }));
    }
    return new CacheError('protocol', `${this.#shard} answered what cannot be understood`, { cause: error });
  }

  #note(error: CacheError): CacheError {
    if (error.retryable || error.code === 'denied') this.#lastError = error;
    return error;
  }

  #loseSight(): void {
    if (!this.#reachable) return;
    this.#reachable = false;
    const failure = new CacheError('unavailable', `${this.#shard} cannot be reached`);
    for (const { reject } of this.#waiting.splice(0)) reject(failure);
    this.#probeIn(firstProbeMs);
  }

  #probeIn(delayMs: number): void {
    this.#probe = this.#clock.setTimer(delayMs, () => void this.#tryAgain(delayMs));
  }

  async #tryAgain(delayMs: number): Promise<void> {
    try {
      await this.#client.call({ method: 'GET', path: '/healthz', timeoutMs: lastProbeMs });
      this.#reachable = true;
    } catch {
      if (!this.#closed) this.#probeIn(Math.min(lastProbeMs, delayMs * 2));
    }
  }
}

/** The services that a URL names: `http://a:8020,b:8020`. */
function urlsOf(text: string): [URL, ...URL[]] {
  const [first = '', ...others] = text.split(',');
  const url = new URL(first);
  return [url, ...others.map((host) => new URL(`${url.protocol}//${host}`))];
}
