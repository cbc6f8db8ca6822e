import { eachItem, type Page, type PageQuery } from './page.ts';
import { path } from './path.ts';
import type { CallOptions, ChangeOptions, Transport } from './transport.ts';

/** Gold to give or take; a server's right. */
export interface GoldAdjustment {
  /** Positive gives, negative takes; taking more than there is fails with 409 `insufficient_funds`. */
  readonly amount: number;
  /** Machine-readable: upper-case letters, digits and underscores, such as `QUEST_REWARD`. */
  readonly reason: string;
  /** Id of what this belongs to in your own books. */
  readonly reference?: string;
  readonly description?: string;
}

/** Gold that moves between two players; a server's right. */
export interface GoldTransfer extends GoldAdjustment {
  readonly fromPlayerId: string;
  readonly toPlayerId: string;
}

/** What was booked. */
export interface Booked {
  readonly transactionId: string;
  readonly playerId: string;
  readonly amount: number;
  /** The balance after it. */
  readonly balance: number;
}

export interface Transferred {
  readonly transactionId: string;
  readonly amount: number;
  readonly fromBalance: number;
  readonly toBalance: number;
}

/** One line of a player's ledger. */
export interface LedgerEntry {
  readonly id: string;
  /** Entries of one transaction sum to zero. */
  readonly transactionId: string;
  readonly currency: string;
  readonly amount: number;
  readonly balanceAfter: number;
  readonly reason: string;
  readonly reference: string | null;
  readonly description: string | null;
  readonly createdAt: string;
}

/** Proof that no coin was lost or minted. */
export interface Audit {
  readonly balanced: boolean;
  readonly players: number;
  readonly entries: number;
  readonly goldInBalances: number;
  readonly goldInEntries: number;
  readonly sumOfAllEntries: number;
  readonly differences: readonly {
    readonly playerId: string;
    readonly balance: number;
    readonly entries: number;
  }[];
  readonly unbalancedTransactions: readonly { readonly transactionId: string; readonly sum: number }[];
}

/** Gold and its books: `/v1/players/{id}/gold`, `/v1/players/{id}/ledger`, `/v1/transfers`, `/v1/audit` */
export class Gold {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Gives or takes gold. */
  adjust(playerId: string, adjustment: GoldAdjustment, options?: ChangeOptions): Promise<Booked> {
    return this.#transport.change(
      { method: 'POST', path: path`/v1/players/${playerId}/gold`, body: adjustment },
      options,
    );
  }

  /** Moves gold from one player to another: both or neither. */
  transfer(transfer: GoldTransfer, options?: ChangeOptions): Promise<Transferred> {
    return this.#transport.change({ method: 'POST', path: '/v1/transfers', body: transfer }, options);
  }

  /** A player's ledger, newest first. */
  ledger(playerId: string, query: PageQuery = {}, options?: CallOptions): Promise<Page<LedgerEntry>> {
    return this.#transport.read({ path: path`/v1/players/${playerId}/ledger`, query: { ...query } }, options);
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
    return this.#transport.read({ path: '/v1/audit' }, options);
  }
}
