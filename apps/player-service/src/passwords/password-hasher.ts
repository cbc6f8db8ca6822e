import { randomBytes, timingSafeEqual } from 'node:crypto';
import { DomainError } from '../domain/errors.ts';
import {
  DEFAULT_ARGON2ID_COST,
  deriveByArgon2id,
  formatArgon2id,
  parseArgon2id,
  type Argon2idCost,
} from './argon2id.ts';
import { yieldToEventLoop } from './background-threads.ts';
import { normalizePassword } from './password-rules.ts';
import { deriveByScrypt, parseScrypt } from './scrypt.ts';

export interface PasswordHasherOptions {
  /** Cost of new hashes. Old hashes carry their own and keep verifying. Default `DEFAULT_ARGON2ID_COST`. */
  readonly cost?: Argon2idCost;
  /** Hashes computed at once; each takes one thread of libuv's pool and its memory. Default 2. */
  readonly maxConcurrent?: number;
  /** Requests that may wait for a turn before new ones are refused. Default 256. */
  readonly maxWaiting?: number;
}

/** Hashes and checks passwords off the event loop with bounded concurrency. */
export interface PasswordHasher {
  /**
   * A self-describing Argon2id hash in the PHC string format.
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
  /** Whether a hash was made otherwise, or at another cost, than new ones are: a successful log-in replaces it. */
  needsRehash(hash: string): boolean;
}

const SALT_BYTES = 16;
const KEY_BYTES = 32;

/** What a password is held against. */
interface Expected {
  readonly key: Buffer;
  derive(password: string): Promise<Buffer>;
}

/** Makes a hasher; see {@link PasswordHasher}. */
export function createPasswordHasher(options: PasswordHasherOptions = {}): PasswordHasher {
  const cost = options.cost ?? DEFAULT_ARGON2ID_COST;
  const turns = createTurns(options.maxConcurrent ?? 2, options.maxWaiting ?? 256);
  // Checked against when there is no account: same cost, and no password derives this key.
  const nobody = expectedOf({ cost, salt: randomBytes(SALT_BYTES), key: randomBytes(KEY_BYTES) });
  const run = (password: string, { derive }: Pick<Expected, 'derive'>) =>
    turns.run(async () => {
      const key = await derive(normalizePassword(password));
      yieldToEventLoop();
      return key;
    });

  return {
    async hash(password) {
      const salt = randomBytes(SALT_BYTES);
      const key = await run(password, { derive: (normal) => deriveByArgon2id(normal, salt, cost) });
      return formatArgon2id({ cost, salt, key });
    },
    async verify(password, hash) {
      const parsed = hash === null ? undefined : parse(hash);
      const expected = parsed ?? nobody;
      const key = await run(password, expected);
      return timingSafeEqual(key, expected.key) && parsed !== undefined;
    },
    needsRehash(hash) {
      const parsed = parseArgon2id(hash);
      if (parsed === undefined) return true;
      const { memoryKib, passes, parallelism } = parsed.cost;
      return memoryKib !== cost.memoryKib || passes !== cost.passes || parallelism !== cost.parallelism;
    },
  };
}

function parse(hash: string): Expected | undefined {
  const argon2id = parseArgon2id(hash);
  if (argon2id !== undefined) return expectedOf(argon2id);
  const scrypt = parseScrypt(hash);
  return scrypt && { key: scrypt.key, derive: (password) => deriveByScrypt(password, scrypt) };
}

function expectedOf(parsed: NonNullable<ReturnType<typeof parseArgon2id>>): Expected {
  const { key, salt, cost } = parsed;
  return { key, derive: (password) => deriveByArgon2id(password, salt, cost) };
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
