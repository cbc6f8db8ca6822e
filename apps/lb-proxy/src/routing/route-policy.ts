import { hashText } from '@hanok/strategies';
import { parseClientHello } from './client-hello.ts';
import { ServerNameMap, type ServerNameRule } from './server-names.ts';
import { findToken, type TokenPlace } from './token.ts';

export interface RouteSettings {
  readonly serverNames: readonly ServerNameRule[];
  /** By pool, where the first bytes hold a token; pools whose clients have none are not there. */
  readonly tokens: ReadonlyMap<string, TokenPlace>;
  /** Longest wait for the bytes that decide. */
  readonly timeoutMs: number;
}

/** Where a client belongs. */
export interface Route {
  /** Name of a pool; empty: the default pool. */
  readonly pool: string;
  /** Of its token; undefined: it has none, so the strategy decides. */
  readonly tokenHash: number | undefined;
}

/** No name, no token: the default pool by its strategy. */
export const DEFAULT_ROUTE: Route = { pool: '', tokenHash: undefined };

/** Where clients belong, by their first bytes: the pool by the server name of a ClientHello, the backend by a token. */
export class RoutePolicy {
  readonly timeoutMs: number;
  readonly #pools = new ServerNameMap<string>();
  readonly #routesByName: boolean;
  readonly #tokens: ReadonlyMap<string, TokenPlace>;

  constructor({ serverNames, tokens, timeoutMs }: RouteSettings) {
    this.timeoutMs = timeoutMs;
    for (const { name, pool } of serverNames) this.#pools.add(name, pool);
    this.#routesByName = serverNames.length > 0;
    this.#tokens = tokens;
  }

  /**
   * Whether a client's first bytes have a say.
   * @param serverName of a client whose TLS is terminated here; undefined for others
   */
  needsBytes(serverName: string | null | undefined): boolean {
    if (serverName === undefined && this.#routesByName) return true;
    return this.#tokens.has(this.#poolOf(serverName ?? null));
  }

  /** The route when the first bytes have no say, or do not come. */
  fallback(serverName: string | null | undefined): Route {
    return { pool: this.#poolOf(serverName ?? null), tokenHash: undefined };
  }

  /** The route that these first bytes of a connection mean; undefined: more of them are needed. */
  read(bytes: Uint8Array, serverName?: string | null): Route | undefined {
    if (serverName !== undefined) return this.#readToken(this.#poolOf(serverName), bytes);
    if (this.#routesByName) {
      const parsed = parseClientHello(bytes);
      if (parsed.kind === 'more') return undefined;
      // A token would be encrypted.
      if (parsed.kind === 'hello') return { pool: this.#poolOf(parsed.serverName), tokenHash: undefined };
    }
    return this.#readToken('', bytes);
  }

  #poolOf(serverName: string | null): string {
    return serverName === null ? '' : (this.#pools.find(serverName) ?? '');
  }

  #readToken(pool: string, bytes: Uint8Array): Route | undefined {
    const place = this.#tokens.get(pool);
    if (place === undefined) return { pool, tokenHash: undefined };
    const found = findToken(place, bytes);
    if (found.kind === 'more') return undefined;
    return { pool, tokenHash: found.kind === 'token' ? hashToken(found.bytes) : undefined };
  }
}

/** The same for the same bytes in every thread and every proxy. */
function hashToken(token: Uint8Array): number {
  return hashText(Buffer.from(token).toString('latin1'));
}
