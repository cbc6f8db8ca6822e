import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { DomainError } from '../domain/errors.ts';
import { yieldToEventLoop } from './background-threads.ts';
import { normalizePassword } from './password-rules.ts';

/** Cost of one scrypt hash (RFC 7914): memory is 128 * cost * blockSize bytes, time grows with all three. */
export interface ScryptCost {
  /** log2 of N. */
  readonly costLog2: number;
  readonly blockSize: number;
  readonly parallelism: number;
}

/**
 * N = 2^15, r = 8, p = 3: one of the equivalent settings of the OWASP Password Storage Cheat Sheet. 32 MiB and
 * about 170 ms of one core a hash on a 2026 server core.
 */
export const DEFAULT_SCRYPT_COST: ScryptCost = { costLog2: 15, blockSize: 8, parallelism: 3 };

export interface ScryptHasherOptions {
  /** Cost of new hashes. Old hashes carry their own and keep verifying. Default `DEFAULT_SCRYPT_COST`. */
  readonly cost?: ScryptCost;
  /** Hashes computed at once; each takes one thread of libuv's pool and its memory. Default 2. */
  readonly maxConcurrent?: number;
  /** Requests that may wait for a turn before new ones are refused. Default 256. */
  readonly maxWaiting?: number;
}

/** Hashes and checks passwords off the event loop with bounded concurrency. */
export interface PasswordHasher {
  /**
   * A self-describing hash: `scrypt$15$8$3$<salt>$<key>`, base64url.
   *
   * @throws DomainError `hashing_overloaded` when the queue is full.
   */
  hash(password: string): Promise<string>;
  /**
   * Whether the password belongs to the hash. `null` (no such account, or no password set) costs the same time
   * as a wrong password and is never right, so that timing does not tell which names exist.
   *
   * @throws DomainError `hashing_overloaded` when the queue is full.
   */
  verify(password: string, hash: string | null): Promise<boolean>;
  /** Whether a hash was made at another cost than new ones are, so a successful log-in may replace it. */
  needsRehash(hash: string): boolean;
}

const SALT_BYTES = 16;
const KEY_BYTES = 32;
/** Upper bounds of the cost a stored hash may ask for: 256 MiB; more is a damaged or hostile row. */
const MAX_COST_LOG2 = 18;
const MAX_BLOCK_SIZE = 16;
const MAX_PARALLELISM = 16;

const derive = promisify<string, Buffer, number, object, Buffer>(scrypt);

interface ParsedHash {
  readonly cost: ScryptCost;
  readonly salt: Buffer;
  readonly key: Buffer;
}

/** Makes a hasher; see {@link PasswordHasher}. */
export function createScryptHasher(options: ScryptHasherOptions = {}): PasswordHasher {
  const cost = options.cost ?? DEFAULT_SCRYPT_COST;
  const turns = createTurns(options.maxConcurrent ?? 2, options.maxWaiting ?? 256);
  // Checked against when there is no account: same cost, and no password derives this key.
  const nobody: ParsedHash = { cost, salt: randomBytes(SALT_BYTES), key: randomBytes(KEY_BYTES) };

  return {
    async hash(password) {
      const salt = randomBytes(SALT_BYTES);
      const key = await turns.run(() => deriveKey(password, salt, cost));
      const { costLog2, blockSize, parallelism } = cost;
      return ['scrypt', costLog2, blockSize, parallelism, encode(salt), encode(key)].join('$');
    },
    async verify(password, hash) {
      const parsed = hash === null ? null : parseHash(hash);
      const expected = parsed ?? nobody;
      const key = await turns.run(() => deriveKey(password, expected.salt, expected.cost));
      return timingSafeEqual(key, expected.key) && parsed !== null;
    },
    needsRehash(hash) {
      return !hash.startsWith(`scrypt$${cost.costLog2}$${cost.blockSize}$${cost.parallelism}$`);
    },
  };
}

async function deriveKey(password: string, salt: Buffer, cost: ScryptCost): Promise<Buffer> {
  const N = 2 ** cost.costLog2;
  const memoryBytes = 128 * N * cost.blockSize;
  const key = await derive(normalizePassword(password), salt, KEY_BYTES, {
    N,
    r: cost.blockSize,
    p: cost.parallelism,
    // Node refuses to pass its default of 32 MiB; the derivation also needs a little beside the big block.
    maxmem: memoryBytes + 1024 * cost.blockSize * cost.parallelism + 1024 * 1024,
  });
  yieldToEventLoop();
  return key;
}

function parseHash(hash: string): ParsedHash | null {
  const [scheme, costLog2, blockSize, parallelism, salt, key, ...rest] = hash.split('$');
  if (scheme !== 'scrypt' || salt === undefined || key === undefined || rest.length > 0) return null;
  const cost = {
    costLog2: Number(costLog2),
    blockSize: Number(blockSize),
    parallelism: Number(parallelism),
  };
  const sane =
    within(cost.costLog2, MAX_COST_LOG2) &&
    within(cost.blockSize, MAX_BLOCK_SIZE) &&
    within(cost.parallelism, MAX_PARALLELISM);
  const parsed = { cost, salt: Buffer.from(salt, 'base64url'), key: Buffer.from(key, 'base64url') };
  return sane && parsed.key.length === KEY_BYTES ? parsed : null;
}

function within(value: number, max: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= max;
}

function encode(bytes: Buffer): string {
  return bytes.toString('base64url');
}

/** First come, first served turns: at most `maxConcurrent` at once, at most `maxWaiting` in line. */
function createTurns(maxConcurrent: number, maxWaiting: number) {
  const waiting: (() => void)[] = [];
  let active = 0;

  return {
    async run<T>(work: () => Promise<T>): Promise<T> {
      if (active >= maxConcurrent) {
        if (waiting.length >= maxWaiting) {
          throw new DomainError('hashing_overloaded', 'Too many log-ins at once; try again shortly');
        }
        // The one who leaves hands over its turn, so `active` is not counted again here.
        await new Promise<void>((resolve) => waiting.push(resolve));
      } else {
        active += 1;
      }
      try {
        return await work();
      } finally {
        const next = waiting.shift();
        if (next) next();
        else active -= 1;
      }
    },
  };
}
