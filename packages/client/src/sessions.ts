import { ApiError } from './errors.ts';
import type { CallOptions, ChangeOptions, Transport } from './transport.ts';

/** Who logs in: by password, by device, or (servers only) by the player's id. */
export type Credentials =
  | { readonly username: string; readonly password: string }
  | { readonly deviceId: string }
  | { readonly playerId: string };

/** A new session. */
export interface NewSession {
  /** Give it to `withToken`; it is shown only here. */
  readonly token: string;
  readonly playerId: string;
  /** ISO 8601, UTC. */
  readonly expiresAt: string;
}

/** The session a token stands for. */
export interface Session {
  readonly playerId: string;
  readonly createdAt: string;
  readonly expiresAt: string;
}

export interface EndSessionOptions extends ChangeOptions {
  /** Ends all sessions of the player. Default: this one only. */
  readonly everywhere?: boolean;
}

/** `/v1/sessions` */
export class Sessions {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Logs in. */
  create(credentials: Credentials, options?: ChangeOptions): Promise<NewSession> {
    return this.#transport.change({ method: 'POST', path: '/v1/sessions', body: credentials }, options);
  }

  /** The session of this client's token. */
  current(options?: CallOptions): Promise<Session> {
    return this.#transport.read({ path: '/v1/sessions' }, options);
  }

  /** Logs out: this client's token is worth nothing afterwards. Logging out twice is no error. */
  async end(options: EndSessionOptions = {}): Promise<void> {
    try {
      await this.#transport.change(
        { method: 'DELETE', path: '/v1/sessions', query: { everywhere: options.everywhere } },
        options,
      );
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 401)) throw error;
    }
  }
}
