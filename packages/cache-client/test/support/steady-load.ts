import { setTimeout as sleep } from 'node:timers/promises';
import { CacheError, type Cache, type PlayerCache } from '../../src/index.ts';

/** What became of the calls of one use. */
export interface Tally {
  served: number;
  /** Served since the last failure, or since the count began anew. */
  servedSince: number;
  /** Failed with an error that says so itself and may be repeated. */
  failed: number;
  /** Anything else that went wrong. */
  readonly defects: unknown[];
  longestMs: number;
  /** On the monotonic clock; 0 when none failed. */
  lastFailureAtMs: number;
}

export const uses = ['player read', 'session validated', 'counter incremented', 'score submitted'] as const;
export type Use = (typeof uses)[number];

const callersOfEach = 8;
const pauseMs = 2;
const players = 200;

/** Callers of every kind on one cache, who go on calling whatever happens, until they are told to stop. */
export class SteadyLoad {
  readonly tallies = Object.fromEntries(
    uses.map((use) => [
      use,
      { served: 0, servedSince: 0, failed: 0, defects: [], longestMs: 0, lastFailureAtMs: 0 },
    ]),
  ) as unknown as Readonly<Record<Use, Tally>>;
  /** Sessions that were gone when they were asked for. */
  sessionsLost = 0;
  readonly #cache: Cache;
  readonly #playerCache: PlayerCache<{ id: string }>;
  readonly #calling: Promise<unknown>;
  #isOn = true;
  #calls = 0;

  constructor(cache: Cache) {
    this.#cache = cache;
    this.#playerCache = cache.players({ load: async (id) => ({ id }) });
    this.#calling = Promise.all(
      uses.flatMap((use) => Array.from({ length: callersOfEach }, () => this.#callAgainAndAgain(use))),
    );
  }

  /** The fewest calls of any use that were served since one failed, or since {@link countAnew}. */
  get servedSince(): number {
    return Math.min(...Object.values(this.tallies).map(({ servedSince }) => servedSince));
  }

  /** When a call failed last, on the monotonic clock; 0 when none did. */
  get lastFailureAtMs(): number {
    return Math.max(...Object.values(this.tallies).map(({ lastFailureAtMs }) => lastFailureAtMs));
  }

  get longestMs(): number {
    return Math.max(...Object.values(this.tallies).map(({ longestMs }) => longestMs));
  }

  countAnew(): void {
    for (const tally of Object.values(this.tallies)) tally.servedSince = 0;
  }

  async stop(): Promise<void> {
    this.#isOn = false;
    await this.#calling;
    this.#playerCache.close();
  }

  async #callAgainAndAgain(use: Use): Promise<void> {
    const call = this.#callerOf(use);
    const tally = this.tallies[use];
    while (this.#isOn) {
      const startedAtMs = performance.now();
      try {
        await call();
        tally.served += 1;
        tally.servedSince += 1;
      } catch (error) {
        if (error instanceof CacheError && error.retryable) tally.failed += 1;
        else tally.defects.push(error);
        tally.servedSince = 0;
        tally.lastFailureAtMs = performance.now();
      }
      tally.longestMs = Math.max(tally.longestMs, performance.now() - startedAtMs);
      await sleep(pauseMs);
    }
  }

  #callerOf(use: Use): () => Promise<unknown> {
    const { sessions, counters, leaderboards } = this.#cache;
    if (use === 'player read') return () => this.#playerCache.read(this.#next());
    if (use === 'counter incremented') return () => counters.increment('played');
    if (use === 'score submitted') return () => leaderboards.submit('weekly', this.#next(), this.#calls);
    let token: string | undefined;
    return async () => {
      if (token !== undefined && (await sessions.validate(token)) === undefined) {
        this.sessionsLost += 1;
        token = undefined;
      }
      token ??= (await sessions.create(this.#next())).token;
    };
  }

  #next(): string {
    this.#calls += 1;
    return String(this.#calls % players);
  }
}
