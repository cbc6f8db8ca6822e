import { ApiKeys } from './api-keys.ts';
import { Batch } from './batch.ts';
import { Chat } from './chat.ts';
import { Counters } from './counters.ts';
import { Gold } from './gold.ts';
import { Leaderboards } from './leaderboards.ts';
import { PlayerDocuments } from './player-data.ts';
import { Players } from './players.ts';
import { DEFAULT_RETRY, type RetryOptions } from './retry.ts';
import { GameLog, Rewards } from './rewards.ts';
import { Routes, type Answer, type CallParts, type Route, type RouteOptions } from './routes.ts';
import { platformRuntime, type ClientRuntime } from './runtime.ts';
import { SessionKeeper, type OnSession } from './session-keeper.ts';
import { Sessions, type Credentials, type NewSession } from './sessions.ts';
import { Transport, type ChangeOptions, type TransportOptions } from './transport.ts';

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

export interface LogInOptions extends ChangeOptions {
  /** Called with the new session, and with each that a refresh brings, before its token is used. */
  readonly onSession?: OnSession;
}

/** The whole API, grouped as its routes are. Immutable; `withToken` and `logIn` give the same API for another caller. */
export class HanokClient {
  readonly players: Players;
  readonly playerData: PlayerDocuments;
  readonly sessions: Sessions;
  readonly apiKeys: ApiKeys;
  readonly gold: Gold;
  readonly batch: Batch;
  readonly rewards: Rewards;
  readonly gameLog: GameLog;
  readonly leaderboards: Leaderboards;
  readonly chat: Chat;
  readonly counters: Counters;
  readonly #routes: Routes;
  readonly #options: TransportOptions;

  constructor(options: TransportOptions) {
    const routes = new Routes(new Transport(options));
    this.#options = options;
    this.#routes = routes;
    this.players = new Players(routes);
    this.playerData = new PlayerDocuments(routes);
    this.sessions = new Sessions(routes);
    this.apiKeys = new ApiKeys(routes);
    this.gold = new Gold(routes);
    this.batch = new Batch(routes);
    this.rewards = new Rewards(routes);
    this.gameLog = new GameLog(routes);
    this.leaderboards = new Leaderboards(routes);
    this.chat = new Chat(routes);
    this.counters = new Counters(routes);
  }

  /** The same client with another credential, or with none. */
  withToken(token: string | undefined): HanokClient {
    return new HanokClient({ ...this.#options, token, keeper: undefined });
  }

  /** Logs in, and gives the client of that player; it refreshes its session by itself. */
  async logIn(credentials: Credentials, options: LogInOptions = {}): Promise<HanokClient> {
    const { onSession, ...call } = options;
    const session = await this.sessions.create({ ...credentials, remember: true }, call);
    onSession?.(session);
    return this.resume(session, onSession);
  }

  /** The client of a session that was stored, refreshed by itself as after `logIn`. */
  resume(session: NewSession, onSession?: OnSession): HanokClient {
    const refreshing = this.withToken(undefined);
    const refresh = (refreshToken: string) => refreshing.sessions.refresh(refreshToken);
    const keeper = new SessionKeeper(session, refresh, onSession);
    return new HanokClient({ ...this.#options, token: undefined, keeper });
  }

  /** Calls any route of the API by its name, with the same guarantees: `call('GET /v1/audit', {})`. */
  call<R extends Route>(route: R, parts: CallParts<R>, options?: RouteOptions): Promise<Answer<R>> {
    return this.#routes.call(route, parts, options);
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
