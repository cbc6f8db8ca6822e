import {
  PrizesRejectedError,
  type PrizeBatch,
  type PrizeOutcome,
  type PrizePayer,
} from '@hanok/cache-client';
import { createHttpClient, HttpError, type HttpClient } from '@hanok/service-kit';

interface BatchResult {
  readonly ok: boolean;
  readonly status?: number;
  readonly code?: string;
  readonly detail?: string;
}

interface LedgerPage {
  readonly items: readonly { readonly reference: string | null; readonly createdAt: string }[];
  readonly nextCursor: string | null;
}

/** What the ledger of a player says a prize is for. */
const reason = 'SEASON_PRIZE';
/** Ids of players in player-service; boards take others, too. */
const playerIdForm = /^[1-9][0-9]{0,18}$/;
const timeoutMs = 10_000;
/** How far the clocks of two machines may be apart. */
const clockMarginMs = 3_600_000;

/** Pays prizes through `POST /v1/batch` of player-service. */
export class PlayerServicePayer implements PrizePayer {
  readonly #client: HttpClient;

  /** `urls`: of player-services, or of a proxy before them; tried in turn. */
  constructor(urls: readonly string[], token: string | undefined) {
    this.#client = createHttpClient({ baseUrls: urls, token, timeoutMs });
  }

  /** What is under way fails; it is sent again by whoever hands the prizes over next. */
  close(): Promise<void> {
    return this.#client.close();
  }

  async pay({ idempotencyKey, reference, currency, amount, playerIds }: PrizeBatch): Promise<PrizeOutcome> {
    const known = playerIds.filter((id) => playerIdForm.test(id));
    if (known.length === 0) return { paid: 0, refused: playerIds.length };
    const { body } = await this.#client.call<{ results: readonly BatchResult[] }>({
      method: 'POST',
      path: '/v1/batch',
      headers: { 'idempotency-key': idempotencyKey },
      body: {
        atomic: false,
        operations: known.map((playerId) => ({ balance: { playerId, currency, amount, reason, reference } })),
      },
    });
    const paid = body.results.filter(({ ok }) => ok).length;
    const mistake = body.results.find(({ ok, status }) => !ok && (status === 400 || status === 422));
    if (paid === 0 && mistake !== undefined) {
      throw new PrizesRejectedError(`player-service takes no prizes in ${currency}: ${mistake.detail}`);
    }
    return { paid, refused: playerIds.length - paid };
  }

  async outcomeOf(batch: PrizeBatch): Promise<PrizeOutcome | undefined> {
    let paid = 0;
    for (const playerId of batch.playerIds) {
      if (playerIdForm.test(playerId) && (await this.#wasPaid(playerId, batch))) paid += 1;
    }
    return paid === 0 ? undefined : { paid, refused: batch.playerIds.length - paid };
  }

  /** Looks through the entries that may be younger than the season. */
  async #wasPaid(playerId: string, { reference, seasonStartMs }: PrizeBatch): Promise<boolean> {
    const path = `/v1/players/${playerId}/ledger?limit=100`;
    let cursor = '';
    for (;;) {
      const page = await this.#ledger(cursor === '' ? path : `${path}&cursor=${encodeURIComponent(cursor)}`);
      if (page.items.some((entry) => entry.reference === reference)) return true;
      const oldest = page.items.at(-1);
      if (oldest === undefined || page.nextCursor === null) return false;
      if (Date.parse(oldest.createdAt) < seasonStartMs - clockMarginMs) return false;
      cursor = page.nextCursor;
    }
  }

  async #ledger(path: string): Promise<LedgerPage> {
    try {
      return (await this.#client.call<LedgerPage>({ method: 'GET', path })).body;
    } catch (error) {
      if (error instanceof HttpError && error.status === 404) return { items: [], nextCursor: null };
      throw error;
    }
  }
}
