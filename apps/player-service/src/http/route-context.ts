import type { Database } from '@hanok/repository';
import type { Clock } from '@hanok/service-kit';
import type { FastifyRequest } from 'fastify';
import type { PlayerCopies } from '../cache/player-copies.ts';
import type { Currencies } from '../ledger/currencies.ts';
import type { PasswordHasher } from '../passwords/password-hasher.ts';
import type { Campaigns } from '../rewards/campaigns.ts';
import type { LogIn } from '../sessions/log-in.ts';
import type { Writes } from '../writes/writes.ts';
import type { Principal } from './principal.ts';

/** What the routes work with; made once in `app.ts`. */
export interface RouteContext {
  readonly database: Database;
  readonly writes: Writes;
  readonly copies: PlayerCopies;
  readonly logIn: LogIn;
  readonly campaigns: Campaigns;
  readonly hasher: PasswordHasher;
  readonly currencies: Currencies;
  readonly clock: Clock;
  /** How long a deleted player can be restored; 0 erases at once. */
  readonly undoMs: number;
  /** Counts a request whose sender does not matter for its address. @throws Problem 429. */
  readonly countAnonymous: (request: FastifyRequest) => void | Promise<void>;
  /** Counts a request of several parts as so many; its first is counted when its sender is identified. @throws Problem 429. */
  readonly countFurther: (request: FastifyRequest, principal: Principal, parts: number) => Promise<void>;
  /** Who sends a request. @throws Problem 401, 429. */
  readonly identify: (request: FastifyRequest) => Promise<Principal>;
  /** The same once more while a request lasts, not counted. @throws Problem 401. */
  readonly identifyAgain: (request: FastifyRequest) => Promise<Principal>;
}
