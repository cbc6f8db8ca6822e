/** What player-service and cache-service tell of players. */

export interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

export interface Player {
  readonly id: string;
  readonly username: string;
  readonly email: string;
  readonly level: number;
  readonly experience: number;
  readonly gold: number;
  readonly createdAt: string;
  readonly lastLoginAt: string | null;
}

export interface LedgerEntry {
  readonly id: string;
  readonly currency: string;
  readonly amount: number;
  readonly balanceAfter: number;
  readonly reason: string;
  readonly description: string | null;
  readonly createdAt: string;
}

export interface Balance {
  readonly currency: string;
  readonly balance: number;
}

export interface PlayerSession {
  readonly id: string;
  readonly createdAt: string;
  readonly expiresAt: string;
  readonly device: string;
}

export interface Reward {
  readonly id: string;
  readonly status: string;
  readonly reason: string;
  readonly description: string | null;
  readonly minLevel: number;
  readonly maxLevel: number;
  readonly players: number;
  readonly refused: number;
  readonly totalGold: number;
  readonly reversalOf: string | null;
  readonly createdAt: string;
}

export interface RewardResult {
  readonly id: string | null;
  readonly status: string | null;
  readonly players: number;
  readonly totalGold: number;
}

export interface AuditReport {
  readonly balanced: boolean;
  readonly players: number;
  readonly entries: number;
  readonly goldInBalances: number;
  readonly goldInEntries: number;
  readonly differences: readonly {
    readonly playerId: string;
    readonly balance: number;
    readonly entries: number;
  }[];
}
