const IDENTIFIER = /^[a-z][a-z0-9_]{0,47}$/;
const PROPERTY = /^[a-z][a-zA-Z0-9]{0,47}$/;

/** `lastLoginAt` -> `last_login_at`. */
export function snakeCase(property: string): string {
  return property.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** Quotes an identifier that `requireIdentifier` accepts; such names cannot break out of the quotes. */
export function quote(identifier: string): string {
  return `"${identifier}"`;
}

/** Refuses database names that are not short lower snake_case (they must fit constraint names as well). */
export function requireIdentifier(identifier: string, what: string): void {
  if (!IDENTIFIER.test(identifier)) {
    throw new TypeError(
      `${what} ${JSON.stringify(identifier)}: use lower snake_case of at most 48 characters`,
    );
  }
}

/** Refuses property names that are not short camelCase. */
export function requireProperty(property: string, what: string): void {
  if (!PROPERTY.test(property)) {
    throw new TypeError(`${what} ${JSON.stringify(property)}: use camelCase of at most 48 characters`);
  }
}
