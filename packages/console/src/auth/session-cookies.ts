import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import type { Clock } from '@hanok/service-kit';
import type { Operator } from './operator.ts';
import type { ConsoleTokens } from './tokens.ts';

/** How long a sign-in lasts. */
export const sessionMs = 12 * 3_600_000;

/** Name of the cookie. */
export const cookieName = 'hanok_console';

/** Sign-outs that are remembered until their cookies would have ended. */
const maxRevoked = 10_000;

const contentSchema = Type.Object(
  {
    name: Type.String(),
    role: Type.Union([Type.Literal('viewer'), Type.Literal('operator')]),
    expiresAtMs: Type.Number(),
    nonce: Type.String(),
  },
  { additionalProperties: false },
);

/** Someone who is signed in. */
export interface ConsoleSession extends Operator {
  /** Wall clock, ms since the epoch. */
  readonly expiresAtMs: number;
  readonly nonce: string;
}

/**
 * Sessions that every coordinator of a cluster accepts without asking another: the cookie itself says who it is,
 * under a key derived (RFC 5869) from the tokens that all of them share. A change of either token ends all sessions;
 * a sign-out ends one at the coordinator that it was made at.
 */
export class SessionCookies {
  readonly #key: Buffer;
  readonly #clock: Clock;
  readonly #revoked = new Map<string, number>();

  constructor({ adminToken, viewerToken }: ConsoleTokens, clock: Clock) {
    // Without a token nobody signs in elsewhere: a key of this process alone will do.
    const secret = adminToken === undefined ? randomBytes(32) : `${adminToken}\n${viewerToken ?? ''}`;
    this.#key = Buffer.from(hkdfSync('sha256', secret, '', 'hanok console session 1', 32));
    this.#clock = clock;
  }

  /** The value of the cookie for someone who has just signed in. */
  issue(operator: Operator): string {
    const content = {
      name: operator.name,
      role: operator.role,
      expiresAtMs: this.#clock.now() + sessionMs,
      nonce: randomBytes(16).toString('base64url'),
    };
    const text = Buffer.from(JSON.stringify(content)).toString('base64url');
    return `${text}.${this.#sign(text)}`;
  }

  /** The session of a cookie; null when it is not ours, has ended or was signed out. */
  read(value: string | undefined): ConsoleSession | null {
    const [text, signature] = value?.split('.') ?? [];
    if (text === undefined || signature === undefined) return null;
    const [expected, given] = [this.#sign(text), signature].map((each) => Buffer.from(each));
    if (expected === undefined || given?.length !== expected.length || !timingSafeEqual(expected, given)) {
      return null;
    }
    const content: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    if (!Value.Check(contentSchema, content)) return null;
    if (content.expiresAtMs <= this.#clock.now() || this.#revoked.has(content.nonce)) return null;
    return content;
  }

  /** Ends a session. */
  revoke({ nonce, expiresAtMs }: ConsoleSession): void {
    for (const [old, endsAtMs] of this.#revoked) {
      if (endsAtMs > this.#clock.now() && this.#revoked.size < maxRevoked) break;
      this.#revoked.delete(old);
    }
    this.#revoked.set(nonce, expiresAtMs);
  }

  #sign(text: string): string {
    return createHmac('sha256', this.#key).update(text).digest('base64url');
  }
}

/** The value of a cookie in a `Cookie` header. */
export function readCookie(header: string | undefined, name: string): string | undefined {
  const found = header?.split(';').find((pair) => pair.trimStart().startsWith(`${name}=`));
  return found?.slice(found.indexOf('=') + 1).trim();
}
