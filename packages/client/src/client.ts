import { Chat } from './chat.ts';
import { Counters } from './counters.ts';
import { Gold } from './gold.ts';
import { Leaderboards } from './leaderboards.ts';
import { Players } from './players.ts';
import { DEFAULT_RETRY, type RetryOptions } from './retry.ts';
import { GameLog, Rewards } from './rewards.ts';
import { platformRuntime, type ClientRuntime } from './runtime.ts';
import { Sessions } from './sessions.ts';
import { Transport, type TransportOptions } from './transport.ts';

export interface ClientOptions {
  /** Where the API answers: lb-proxy's game port or a player-service, such as `http://127.0.0.1:8080`. */
  readonly baseUrl: string;
  /** A session's token (`hps_…`) or the server credential. Default: none. */
  readonly token?: string;
  /** Longest a call may take, its retries included, milliseconds. Default 10,000. */
  readonly timeoutMs?: number;
  /** Longest one try may take, milliseconds. Default 3,000. */
  readonly attemptTimeoutMs?: number;
  readonly retry?: Partial<RetryOptions>;
  /** Replaces parts of the platform: fetch, ids, chance, time. */
  readonly runtime?: Partial<ClientRuntime>;
}

/** The whole API, grouped as its routes are. Immutable; `withToken` gives the same API for another caller. */
export class HanokClient {
  readonly players: Players;
  readonly sessions: Sessions;
  readonly gold: Gold;
  readonly rewards: Rewards;
  readonly gameLog: GameLog;
  readonly leaderboards: Leaderboards;
  readonly chat: Chat;
  readonly counters: Counters;
  readonly #options: TransportOptions;

  constructor(options: TransportOptions) {
    const transport = new Transport(options);
    this.#options = options;
    this.players = new Players(transport);
    this.sessions = new Sessions(transport);
    this.gold = new Gold(transport);
    this.rewards = new Rewards(transport);
    this.gameLog = new GameLog(transport);
    this.leaderboards = new Leaderboards(transport);
    this.chat = new Chat(transport);
    this.counters = new Counters(transport);
  }

  /** The same client with another credential, or with none. */
  withToken(token: string | undefined): HanokClient {
    return new HanokClient({ ...this.#options, token });
  }
}

/**
 * Makes a client. It holds no connection of its own, so there is nothing to close.
 *
 * @throws TypeError naming the option that is not usable.
 */
export function createClient(options: ClientOptions): HanokClient {
  const retry = { ...DEFAULT_RETRY, ...options.retry };
  checkInteger('retry.maxRetries', retry.maxRetries, 0, 20);
  checkInteger('retry.baseDelayMs', retry.baseDelayMs, 0, 60_000);
  checkInteger('retry.maxDelayMs', retry.maxDelayMs, 0, 600_000);
  return new HanokClient({
    baseUrl: checkBaseUrl(options.baseUrl),
    token: options.token,
    timeoutMs: checkInteger('timeoutMs', options.timeoutMs ?? 10_000, 1, 600_000),
    attemptTimeoutMs: checkInteger('attemptTimeoutMs', options.attemptTimeoutMs ?? 3_000, 1, 600_000),
    retry,
    runtime: { ...platformRuntime, ...options.runtime },
  });
}

function checkBaseUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (
    url === undefined ||
    !['http:', 'https:'].includes(url.protocol) ||
    url.search !== '' ||
    url.hash !== ''
  ) {
    throw new TypeError('baseUrl must be an http or https URL without query and fragment');
  }
  if (url.username !== '' || url.password !== '')
    throw new TypeError('baseUrl must not hold credentials; use token');
  return url.href.replace(/\/+$/u, '');
}

function checkInteger(name: string, value: number, low: number, high: number): number {
  if (!Number.isInteger(value) || value < low || value > high) {
    throw new TypeError(`${name} must be an integer from ${low} to ${high}`);
  }
  return value;
}
