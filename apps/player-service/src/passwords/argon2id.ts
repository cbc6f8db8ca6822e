import { argon2 } from 'node:crypto';
import { promisify } from 'node:util';

/** Cost of one Argon2id hash (RFC 9106); time grows with memory times passes. */
export interface Argon2idCost {
  readonly memoryKib: number;
  readonly passes: number;
  readonly parallelism: number;
}

/**
 * The first choice of the OWASP Password Storage Cheat Sheet: 19 MiB, 2 passes. About 27 ms of one core a hash on a 2026
 * server core; its scrypt settings of the same strength take 190 ms.
 */
export const DEFAULT_ARGON2ID_COST: Argon2idCost = { memoryKib: 19_456, passes: 2, parallelism: 1 };

/** Upper bounds of the cost a stored hash may ask for; more is a damaged or hostile row. */
const MAX_MEMORY_KIB = 262_144;
const MAX_PASSES = 16;
const MAX_PARALLELISM = 16;
const KEY_BYTES = 32;

const derive = promisify(argon2);
const FORM =
  /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,3})\$([A-Za-z0-9+/]{11,64})\$([A-Za-z0-9+/]{43})$/u;

/** A hash taken apart. */
export interface Argon2idHash {
  readonly cost: Argon2idCost;
  readonly salt: Buffer;
  readonly key: Buffer;
}

/** The key of a password, made on libuv's threads. */
export function deriveByArgon2id(
  password: string,
  salt: Buffer,
  { memoryKib, passes, parallelism }: Argon2idCost,
): Promise<Buffer> {
  return derive('argon2id', {
    message: password,
    nonce: salt,
    memory: memoryKib,
    passes,
    parallelism,
    tagLength: KEY_BYTES,
  });
}

/** The form that all libraries share (PHC string format): `$argon2id$v=19$m=19456,t=2,p=1$<salt>$<key>`. */
export function formatArgon2id({ cost, salt, key }: Argon2idHash): string {
  const { memoryKib, passes, parallelism } = cost;
  return `$argon2id$v=19$m=${memoryKib},t=${passes},p=${parallelism}$${encode(salt)}$${encode(key)}`;
}

/** Undefined for anything else, and for a cost that nobody would ask for. */
export function parseArgon2id(hash: string): Argon2idHash | undefined {
  const [, memory, passes, parallelism, salt, key] = FORM.exec(hash) ?? [];
  if (salt === undefined || key === undefined) return undefined;
  const cost = { memoryKib: Number(memory), passes: Number(passes), parallelism: Number(parallelism) };
  const sane =
    cost.parallelism >= 1 &&
    cost.parallelism <= MAX_PARALLELISM &&
    cost.passes >= 1 &&
    cost.passes <= MAX_PASSES &&
    cost.memoryKib >= 8 * cost.parallelism &&
    cost.memoryKib <= MAX_MEMORY_KIB;
  return sane ? { cost, salt: Buffer.from(salt, 'base64'), key: Buffer.from(key, 'base64') } : undefined;
}

function encode(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('=', '');
}
