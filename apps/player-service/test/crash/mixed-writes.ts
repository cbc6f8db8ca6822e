import type { Rng } from '@hanok/service-kit';
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { auditOf, playerOf } from '../support/answers.ts';
import { sendTo } from '../support/service-process.ts';
import type { Reply } from '../support/test-app.ts';

/** One intended change; it is sent under its key until it is answered. */
interface Intent {
  readonly key: string;
  readonly method: 'POST' | 'PATCH';
  readonly path: string;
  readonly body: unknown;
  /** Change of gold by player. */
  readonly gold: ReadonlyMap<string, number>;
  /** What the experience of a player is then, which only one client changes. */
  readonly experience?: { readonly player: string; readonly value: number };
}

const CLIENTS = 12;
const START_GOLD = 1_000_000;
/** Answers after which a client knows that nothing was changed, and may send the same again. */
const NOT_NOW: ReadonlySet<number> = new Set([503, 507]);
/** Acknowledged requests kept, to be sent once more at the end. */
const KEPT = 120;

/**
 * A load of mixed writes that keeps books of what was acknowledged, and can prove them against a service: every
 * acknowledged write is there, none is there twice.
 */
export class MixedWrites {
  readonly #rng: Rng;
  readonly #players: string[] = [];
  readonly #gold = new Map<string, number>();
  readonly #experience = new Map<string, number>();
  readonly #kept: Intent[] = [];
  #unanswered: Intent[] = [];
  #created = 0;
  #acknowledged = 0;
  #rounds = 0;

  constructor(rng: Rng) {
    this.#rng = rng;
  }

  get acknowledged(): number {
    return this.#acknowledged;
  }

  /** One player for each client. */
  async begin(url: string): Promise<void> {
    for (let i = 0; i < CLIENTS; i += 1) {
      const body = { username: `player-${i}`, email: `player-${i}@example.com`, level: 5, gold: START_GOLD };
      const { id } = playerOf(await sendTo(url, 'POST', '/v1/players', { body }));
      this.#players.push(id);
      this.#gold.set(id, START_GOLD);
      this.#experience.set(id, 0);
    }
    this.#created = CLIENTS;
  }

  /**
   * Writes until `interrupt` has done its work, which it does after some writes were acknowledged; clients wait
   * while they are refused, and end with the first request that gets no answer.
   */
  async runUntil(url: string, interrupt: () => Promise<void>): Promise<void> {
    const end = new AbortController();
    this.#rounds += 1;
    const clients = Array.from({ length: CLIENTS }, (_, number) => this.#client(url, number, end.signal));
    const settled = Promise.allSettled(clients);
    const enough = this.#acknowledged + 10 + this.#pick(60);
    const deadlineMs = performance.now() + 30_000;
    while (this.#acknowledged < enough && performance.now() < deadlineMs) await sleep(2);
    await sleep(this.#pick(15));
    await interrupt();
    end.abort();
    const rejected = (await settled).filter(({ status }) => status === 'rejected');
    assert.deepEqual(rejected, []);
  }

  /** Sends again what nobody knows of whether it happened, and compares everything with the books. */
  async prove(url: string): Promise<void> {
    const report = auditOf(await sendTo(url, 'GET', '/v1/audit'));
    assert.deepEqual([report.balanced, report.sumOfAllEntries], [true, 0], JSON.stringify(report));
    const again = this.#unanswered;
    this.#unanswered = [];
    for (const intent of again) {
      const reply = await perform(url, intent);
      assert.ok(reply.status < 300, `${intent.key}: ${reply.status} ${JSON.stringify(reply.body)}`);
      this.#acknowledge(intent);
    }
    const shown = await Promise.all(
      this.#players.map(async (id) => playerOf(await sendTo(url, 'GET', `/v1/players/${id}`))),
    );
    assert.deepEqual(new Map(shown.map(({ id, gold }) => [id, gold])), this.#gold);
    assert.deepEqual(new Map(shown.map(({ id, experience }) => [id, experience])), this.#experience);
    const { balanced, players } = auditOf(await sendTo(url, 'GET', '/v1/audit'));
    assert.deepEqual([balanced, players], [true, this.#created]);
  }

  /** Old requests under their old keys do nothing more. */
  async proveReplays(url: string): Promise<void> {
    for (const intent of this.#kept) {
      assert.equal((await perform(url, intent)).headers['idempotency-replayed'], 'true', intent.key);
    }
    await this.prove(url);
  }

  async #client(url: string, number: number, end: AbortSignal): Promise<void> {
    for (let i = 0; !end.aborted; i += 1) {
      const intent = this.#nextIntent(`${this.#rounds}-${number}-${i}`, number);
      for (;;) {
        const reply = await perform(url, intent).catch(() => undefined);
        if (reply === undefined || (NOT_NOW.has(reply.status) && end.aborted)) {
          this.#unanswered.push(intent);
          return;
        }
        if (!NOT_NOW.has(reply.status)) {
          if (reply.status >= 300)
            throw new Error(`${intent.path} answered ${reply.status}: ${JSON.stringify(reply.body)}`);
          break;
        }
        await sleep(5);
      }
      this.#acknowledge(intent);
    }
  }

  #nextIntent(key: string, client: number): Intent {
    const one = this.#players[client] ?? '';
    const two = this.#players[(client + 1 + this.#pick(CLIENTS - 1)) % CLIENTS] ?? '';
    const amount = 1 + this.#pick(5);
    switch (this.#pick(12)) {
      case 0: {
        const gold = new Map(this.#players.map((id) => [id, amount]));
        return {
          key,
          method: 'POST',
          path: '/v1/rewards',
          body: { minLevel: 5, gold: amount, reason: 'GOLD_BONUS' },
          gold,
        };
      }
      case 1: {
        const body = { username: `new-${key}`, email: `new-${key}@example.com`, gold: amount };
        return { key, method: 'POST', path: '/v1/players', body, gold: new Map() };
      }
      case 2:
      case 3: {
        const value = (this.#experience.get(one) ?? 0) + 1;
        const path = `/v1/players/${one}`;
        return {
          key,
          method: 'PATCH',
          path,
          body: { experience: value },
          gold: new Map(),
          experience: { player: one, value },
        };
      }
      case 4:
      case 5: {
        const operations = [
          { gold: { playerId: two, amount, reason: 'MATCH' } },
          { transfer: { fromPlayerId: one, toPlayerId: two, amount, reason: 'MATCH' } },
        ];
        const gold = new Map([
          [one, -amount],
          [two, 2 * amount],
        ]);
        return { key, method: 'POST', path: '/v1/batch', body: { atomic: true, operations }, gold };
      }
      case 6:
      case 7: {
        const path = `/v1/players/${two}/gold`;
        return {
          key,
          method: 'POST',
          path,
          body: { amount, reason: 'QUEST' },
          gold: new Map([[two, amount]]),
        };
      }
      default: {
        const body = { fromPlayerId: one, toPlayerId: two, amount, reason: 'TRADE' };
        const gold = new Map([
          [one, -amount],
          [two, amount],
        ]);
        return { key, method: 'POST', path: '/v1/transfers', body, gold };
      }
    }
  }

  #acknowledge(intent: Intent): void {
    this.#acknowledged += 1;
    if (intent.path === '/v1/players') this.#created += 1;
    for (const [id, amount] of intent.gold) this.#gold.set(id, (this.#gold.get(id) ?? 0) + amount);
    if (intent.experience !== undefined)
      this.#experience.set(intent.experience.player, intent.experience.value);
    if (this.#kept.length < KEPT) this.#kept.push(intent);
    else if (this.#pick(20) === 0) this.#kept[this.#pick(KEPT)] = intent;
  }

  #pick(count: number): number {
    return Math.floor(this.#rng.next() * count);
  }
}

function perform(url: string, { key, method, path, body }: Intent): Promise<Reply> {
  return sendTo(url, method, path, { body, headers: { 'idempotency-key': key } });
}
