import type { Database, Transaction } from '@hanok/repository';
import type { Clock } from '@hanok/service-kit';
import { DomainError } from '../domain/errors.ts';
import { idempotencyKeys, type Touched } from '../storage/entities.ts';

/** What a write answers. The body is kept as text, so that a replay repeats it byte for byte. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON text, or null for an answer without a body. */
  readonly body: string | null;
}

/** What a write changes, beside its answer. */
export interface Outcome<T> {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Undefined for an answer without a body. */
  readonly body: T | undefined;
  /** Players whose cached copies are out of date once this is committed, or all of them. */
  readonly touched: Touched;
  /** Whose personal data the body holds, if any: erasing the player erases the kept answer too. */
  readonly personalOf?: number;
}

/** Who writes, and how the request can be told from others. */
export interface WriteRequest {
  /** Idempotency-Key of the request; undefined runs it without remembering. */
  readonly key: string | undefined;
  /** Keys of different callers never meet: `server`, `player:12`, `anonymous`. */
  readonly scope: string;
  readonly fingerprint: string;
}

export interface WritesOptions {
  readonly database: Database;
  /** Drops cached players; must not reject. Called after the commit and before the answer. */
  readonly dropCached: (touched: Touched) => Promise<void>;
  readonly clock: Clock;
  readonly idempotencyTtlMs: number;
}

/** A write that touches more players than this makes its replays drop every cached player. */
const MAX_TOUCHED_KEPT = 1_000;

/**
 * Runs every change of this service: one database transaction that holds the change, its ledger entries and the
 * answer under its Idempotency-Key; then, once committed, cached copies are dropped; only then is it answered.
 */
export class Writes {
  readonly #options: WritesOptions;

  constructor(options: WritesOptions) {
    this.#options = options;
  }

  /**
   * @param work may run more than once (after a collision), so it must change nothing but through its
   * transaction.
   * @throws DomainError `idempotency_key_reused`, what `work` throws, and RepositoryError.
   */
  async run<T>(request: WriteRequest, work: (tx: Transaction) => Promise<Outcome<T>>): Promise<Answer> {
    const done = await this.#options.database.transaction(
      async (tx) => {
        if (request.key === undefined) return fresh(await work(tx));
        const id = `${request.scope}:${request.key}`;
        const earlier = await this.#claim(tx, id, request.fingerprint);
        if (earlier !== undefined) return earlier;
        const result = fresh(await work(tx));
        await tx.repository(idempotencyKeys).update(id, {
          status: result.answer.status,
          headers: result.answer.headers,
          body: result.answer.body,
          touched: result.touched.length > MAX_TOUCHED_KEPT ? 'everyone' : result.touched,
          playerId: result.personalOf ?? null,
        });
        return result;
      },
      // Every statement of a write is right by itself: versions and balances are checked by the statement that
      // changes them, so nothing is gained by retrying whole transactions.
      { isolation: 'read-committed' },
    );
    await this.#options.dropCached(done.touched);
    return done.answer;
  }

  /**
   * Takes the key, or gives the answer it already has. A concurrent request with the same key waits in the
   * database until the first is committed or rolled back.
   */
  async #claim(tx: Transaction, id: string, fingerprint: string) {
    const { clock, idempotencyTtlMs } = this.#options;
    const keys = tx.repository(idempotencyKeys);
    const now = clock.now();
    const row = {
      id,
      fingerprint,
      status: 0,
      headers: {},
      body: null,
      touched: [],
      expiresAt: now + idempotencyTtlMs,
    };
    if ((await keys.insertIfAbsent(row)) !== undefined) return undefined;
    // Forgetting an expired key locks its row, so that of two latecomers only one goes on.
    await keys.deleteWhere({ id, expiresAt: { lte: now } });
    if ((await keys.insertIfAbsent(row)) !== undefined) return undefined;
    const held = await keys.getById(id);
    if (held.fingerprint !== fingerprint) {
      throw new DomainError(
        'idempotency_key_reused',
        'This Idempotency-Key was first used with another request; take a new key for a new request',
      );
    }
    const answer = {
      status: held.status,
      headers: { ...held.headers, 'idempotency-replayed': 'true' },
      body: held.body,
    };
    // The first attempt may have died between its commit and dropping the cached copies.
    return { answer, touched: held.touched, personalOf: undefined };
  }
}

function fresh<T>(outcome: Outcome<T>) {
  const { status, headers = {}, body, touched, personalOf } = outcome;
  const answer: Answer = { status, headers, body: body === undefined ? null : JSON.stringify(body) };
  return { answer, touched, personalOf };
}
