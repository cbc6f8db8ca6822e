/** One rule: a name, or `*.` and the end of names, and the pool they lead to. */
export interface ServerNameRule {
  readonly name: string;
  readonly pool: string;
}

/** The pools, besides the default one, that some name leads to. */
export function poolNames(rules: readonly ServerNameRule[]): string[] {
  return [...new Set(rules.map(({ pool }) => pool))];
}

const WILDCARD = '*.';

/**
 * Finds what belongs to a server name; an exact name wins over a wildcard. `*.example.com` stands for exactly one
 * label, as in certificates (RFC 9525, section 6.3), so not for `example.com` or `a.b.example.com`.
 */
export class ServerNameMap<T> {
  readonly #values = new Map<string, T>();

  /** @param name a name or `*.` and a name; in any case. The first one added wins. */
  add(name: string, value: T): void {
    const key = name.toLowerCase();
    if (!this.#values.has(key)) this.#values.set(key, value);
  }

  /** @param serverName in lower case */
  find(serverName: string): T | undefined {
    const dot = serverName.indexOf('.');
    const parent = dot < 0 ? undefined : this.#values.get(WILDCARD + serverName.slice(dot + 1));
    return this.#values.get(serverName) ?? parent;
  }
}
