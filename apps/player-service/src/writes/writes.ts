import type { Database, Transaction } from '@hanok/repository';
import type { Clock } from '@hanok/service-kit';
import type { DropNote } from '../cache/player-copies.ts';
import { DomainError } from '../domain/errors.ts';
import { idempotencyKeys, type IdempotencyKeyRow, type Touched } from '../storage/entities.ts';
import type { ChangeEvent } from '../webhooks/event-types.ts';
import { hashOfKey, seal, unseal } from './sealed-answer.ts';

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
  /** What to tell webhooks. */
  readonly events?: readonly ChangeEvent[];
}

/** Who writes, and how the request can be told from others. */
export interface WriteRequest {
  /** Idempotency-Key of the request; undefined runs it without remembering. */
  readonly key: string | undefined;
  /** Keys of different callers never meet: `server`, `player:12`, `anonymous`. */
  readonly scope: string;
  /** Asked for only when there is a key. */
  readonly fingerprint: () => string;
  /** Whether the answer shows what is shown only once: it is then kept so that only the key opens it. */
  readonly holdsSecret: boolean;
}

/** The cached copies that writes make out of date. */
export interface CachedCopies {
  /** Whether there are any, so that the others are to be called. */
  readonly areKept: boolean;
  /** Notes in the transaction what must be dropped once it is committed. */
  note(tx: Transaction, touched: Touched): Promise<readonly DropNote[]>;
  /** Called after the commit and before the answer; must not reject. */
  drop(touched: Touched, notes: readonly DropNote[]): Promise<void>;
}

/** Where changes are recorded that webhooks tell. */
export interface ChangeRecorder {
  /** Mostly nobody wants to be told, and there is nothing to wait for. */
  record(tx: Transaction, events: readonly ChangeEvent[]): Promise<void> | undefined;
}

export interface WritesOptions {
  readonly database: Database;
  readonly copies: CachedCopies;
  readonly events: ChangeRecorder;
  readonly clock: Clock;
  readonly idempotencyTtlMs: number;
}

/** What was done, or found to have been done before. */
interface Done {
  readonly answer: Answer;
  readonly touched: Touched;
  readonly personalOf: number | undefined;
  readonly notes: readonly DropNote[];
}

const REPLAYED = { 'idempotency-replayed': 'true' };

/** What an outcome answers when nothing of it is remembered. */
export function answerOf({ status, headers = {}, body }: Outcome<unknown>): Answer {
  return { status, headers, body: body === undefined ? null : JSON.stringify(body) };
}

/** Whether an answer is that of an earlier request with the same key. */
export function isReplayed({ headers }: Answer): boolean {
  return 'idempotency-replayed' in headers;
}

/** A write that touches more players than this makes its replays drop every cached player. */
const MAX_TOUCHED_KEPT = 1_000;

/**
 * Runs every change of this service: one database transaction that holds the change, its ledger entries, what is
 * to be told of it, and the answer under its Idempotency-Key; then, once committed, cached copies are dropped; only then is it answered.
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
    const { database, copies } = this.#options;
    const { key } = request;
    const done = await database.transaction(
      (tx) =>
        key === undefined ? this.#perform(tx, work) : this.#performOnce(tx, { ...request, key }, work),
      // Every statement of a write is right by itself: versions and balances are checked by the statement that
      // changes them, so nothing is gained by retrying whole transactions.
      { isolation: 'read-committed' },
    );
    if (copies.areKept) await copies.drop(done.touched, done.notes);
    return done.answer;
  }

  /** Does the work and keeps its answer under the key, or gives the answer that was kept. */
  async #performOnce<T>(
    tx: Transaction,
    request: WriteRequest & { readonly key: string },
    work: (tx: Transaction) => Promise<Outcome<T>>,
  ): Promise<Done> {
    const { key, scope, holdsSecret } = request;
    const id = keyIdOf(scope, key);
    const earlier = await this.#claim(tx, id, key, request.fingerprint());
    if (earlier !== undefined) return earlier;
    const result = await this.#perform(tx, work);
    const { status, headers, body } = result.answer;
    await tx.repository(idempotencyKeys).update(id, {
      status,
      headers,
      body: holdsSecret && body !== null ? seal(body, key, id) : body,
      touched: result.touched.length > MAX_TOUCHED_KEPT ? 'everyone' : result.touched,
      playerId: result.personalOf ?? null,
    });
    return result;
  }

  /** Does the work and writes down, beside it, what follows from it. */
  async #perform<T>(tx: Transaction, work: (tx: Transaction) => Promise<Outcome<T>>): Promise<Done> {
    const { copies, events } = this.#options;
    const outcome = await work(tx);
    const { touched, personalOf, events: changes } = outcome;
    const recording = changes === undefined ? undefined : events.record(tx, changes);
    if (recording !== undefined) await recording;
    const notes = copies.areKept ? await copies.note(tx, touched) : [];
    return { answer: answerOf(outcome), touched, personalOf, notes };
  }

  /**
   * What this request was answered before, if it was; for work that must not even begin twice. It may begin all
   * the same when two of them come together: `run` then gives one of them the answer of the other.
   *
   * @throws DomainError `idempotency_key_reused`.
   */
  async find(request: WriteRequest): Promise<Answer | undefined> {
    if (request.key === undefined) return undefined;
    const { database, clock } = this.#options;
    const id = keyIdOf(request.scope, request.key);
    const held = await database.repository(idempotencyKeys).findById(id);
    if (held === undefined || held.expiresAt <= clock.now()) return undefined;
    return replayOf(held, request.key, request.fingerprint());
  }

  /**
   * Takes the key of work that no transaction of the database holds, before it is done; `keep` ends that. When the
   * process dies in between, the key stays taken: nobody knows whether the work was done, so it is not done again.
   *
   * @returns the answer of an earlier request.
   * @throws DomainError `idempotency_key_reused`, `request_in_progress`.
   */
  async take(request: WriteRequest): Promise<Answer | undefined> {
    if (request.key === undefined) return undefined;
    const { database } = this.#options;
    const id = keyIdOf(request.scope, request.key);
    const { key, fingerprint } = request;
    const earlier = await database.transaction((tx) => this.#claim(tx, id, key, fingerprint()), {
      isolation: 'read-committed',
    });
    if (earlier?.answer.status === 0) {
      throw new DomainError(
        'request_in_progress',
        'A request with this Idempotency-Key is being carried out, or was when its process died',
        { retryAfterSeconds: 1 },
      );
    }
    return earlier?.answer;
  }

  /** Keeps the answer under the key that `take` took; a refusal gives the key back, because nothing was done. */
  async keep(request: WriteRequest, { status, headers, body }: Answer): Promise<void> {
    if (request.key === undefined) return;
    const keys = this.#options.database.repository(idempotencyKeys);
    const id = keyIdOf(request.scope, request.key);
    if (status < 300) await keys.update(id, { status, headers, body });
    else await keys.delete(id);
  }

  /**
   * Takes the key, or gives the answer it already has. A concurrent request with the same key waits in the
   * database until the first is committed or rolled back.
   */
  async #claim(tx: Transaction, id: string, key: string, fingerprint: string): Promise<Done | undefined> {
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
    const answer = replayOf(held, key, fingerprint);
    // The first attempt may have died between its commit and dropping the cached copies.
    return { answer, touched: held.touched, personalOf: undefined, notes: [] };
  }
}

/** Where an answer is kept: the key itself is not. */
function keyIdOf(scope: string, key: string): string {
  return `${scope}:${hashOfKey(key)}`;
}

function replayOf(held: IdempotencyKeyRow, key: string, fingerprint: string): Answer {
  if (held.fingerprint !== fingerprint) {
    throw new DomainError(
      'idempotency_key_reused',
      'This Idempotency-Key was first used with another request; take a new key for a new request',
    );
  }
  return {
    status: held.status,
    headers: { ...held.headers, ...REPLAYED },
    body: held.body === null ? null : unseal(held.body, key, held.id),
  };
}
