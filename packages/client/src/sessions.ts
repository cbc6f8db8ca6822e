import { ApiError } from './errors.ts';
import type { Answer, Body, Routes } from './routes.ts';
import type { CallOptions, ChangeOptions } from './transport.ts';

/**
 * Who logs in: by `username` and `password`, by `deviceId`, or (servers only) by `playerId`. With `remember` the
 * session comes with a refresh token.
 */
export type Credentials = Body<'POST /v1/sessions'>;

/** A new session. Its tokens are shown only here: give `token` to `withToken`, or all of it to `resume`. */
export type NewSession = Answer<'POST /v1/sessions'>;

/** The session a token stands for. */
export type Session = Answer<'GET /v1/sessions'>;

export interface EndSessionOptions extends ChangeOptions {
  /** Ends all sessions of the player. Default: this one only. */
  readonly everywhere?: boolean;
}

/** `/v1/sessions` */
export class Sessions {
  readonly #routes: Routes;

  constructor(routes: Routes) {
    this.#routes = routes;
  }

  /** Logs in. */
  create(credentials: Credentials, options?: ChangeOptions): Promise<NewSession> {
    return this.#routes.call('POST /v1/sessions', { body: credentials }, options);
  }

  /** Logs in again with a refresh token, which is used up: the answer brings the next one. */
  refresh(refreshToken: string, options?: ChangeOptions): Promise<NewSession> {
    return this.#routes.call('POST /v1/sessions/refresh', { body: { refreshToken } }, options);
  }

  /** The session of this client's token. */
  current(options?: CallOptions): Promise<Session> {
    return this.#routes.call('GET /v1/sessions', {}, options);
  }

  /** Logs out: this client's token is worth nothing afterwards. Logging out twice is no error. */
  async end({ everywhere, ...options }: EndSessionOptions = {}): Promise<void> {
    try {
      const query = everywhere === undefined ? {} : { everywhere };
      await this.#routes.call('DELETE /v1/sessions', { query }, options);
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 401)) throw error;
    }
  }
}
