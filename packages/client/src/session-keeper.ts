import { ApiError } from './errors.ts';
import type { NewSession } from './sessions.ts';
import type { TokenKeeper } from './transport.ts';

/** Called with every new session, before its token is used: the place to store it. */
export type OnSession = (session: NewSession) => void;

/**
 * Holds the tokens of one session and renews them. Every refresh token is good for one use, and a second use ends the
 * session for a theft; so however many calls are refused at once, one of them refreshes and the others wait for it.
 */
export class SessionKeeper implements TokenKeeper {
  readonly #refresh: (refreshToken: string) => Promise<NewSession>;
  readonly #onSession: OnSession;
  #session: NewSession;
  #renewing: Promise<boolean> | undefined;

  constructor(
    session: NewSession,
    refresh: (refreshToken: string) => Promise<NewSession>,
    onSession: OnSession = () => undefined,
  ) {
    this.#session = session;
    this.#refresh = refresh;
    this.#onSession = onSession;
  }

  get token(): string {
    return this.#session.token;
  }

  renew(refused: string): Promise<boolean> {
    if (this.#session.token !== refused) return Promise.resolve(true);
    this.#renewing ??= this.#renew().finally(() => {
      this.#renewing = undefined;
    });
    return this.#renewing;
  }

  async #renew(): Promise<boolean> {
    const { refreshToken } = this.#session;
    if (refreshToken === undefined) return false;
    try {
      this.#session = await this.#refresh(refreshToken);
    } catch (error) {
      // The session is over for good; whoever was refused learns that from its own refusal.
      if (error instanceof ApiError && error.status === 401) return false;
      throw error;
    }
    this.#onSession(this.#session);
    return true;
  }
}
