import { eachItem, type Page, type PageQuery } from './page.ts';
import type { Answer, Body, Routes } from './routes.ts';
import type { CallOptions, ChangeOptions } from './transport.ts';

/** Gold to give or take; a server's right. Taking more than there is fails with 409 `insufficient_funds`. */
export type GoldAdjustment = Body<'POST /v1/players/{id}/gold'>;

/** Gold that moves between two players; a server's right. */
export type GoldTransfer = Body<'POST /v1/transfers'>;

/** What was booked. */
export type Booked = Answer<'POST /v1/players/{id}/gold'>;
export type Transferred = Answer<'POST /v1/transfers'>;

/** One line of a player's ledger. */
export type LedgerEntry = Answer<'GET /v1/players/{id}/ledger'>['items'][number];

/** Proof that no coin was lost or minted. */
export type Audit = Answer<'GET /v1/audit'>;

/** Gold and its books: `/v1/players/{id}/gold`, `/v1/players/{id}/ledger`, `/v1/transfers`, `/v1/audit` */
export class Gold {
  readonly #routes: Routes;

  constructor(routes: Routes) {
    this.#routes = routes;
  }

  /** Gives or takes gold. */
  adjust(playerId: string, adjustment: GoldAdjustment, options?: ChangeOptions): Promise<Booked> {
    const parts = { path: { id: playerId }, body: adjustment };
    return this.#routes.call('POST /v1/players/{id}/gold', parts, options);
  }

  /** Moves gold from one player to another: both or neither. */
  transfer(transfer: GoldTransfer, options?: ChangeOptions): Promise<Transferred> {
    return this.#routes.call('POST /v1/transfers', { body: transfer }, options);
  }

  /** A player's ledger, newest first. */
  ledger(playerId: string, query: PageQuery = {}, options?: CallOptions): Promise<Page<LedgerEntry>> {
    return this.#routes.call('GET /v1/players/{id}/ledger', { path: { id: playerId }, query }, options);
  }

  eachLedgerEntry(
    playerId: string,
    query: PageQuery = {},
    options: CallOptions = {},
  ): AsyncGenerator<LedgerEntry, void, undefined> {
    return eachItem(query, options, (part, partOptions) => this.ledger(playerId, part, partOptions));
  }

  /** Adds up all books; a server's right. */
  audit(options?: CallOptions): Promise<Audit> {
    return this.#routes.call('GET /v1/audit', {}, options);
  }
}
