import { scrypt } from 'node:crypto';
import { promisify } from 'node:util';

/** A stored scrypt hash (RFC 7914) taken apart: memory is 128 * 2^costLog2 * blockSize bytes. */
export interface ScryptHash {
  readonly costLog2: number;
  readonly blockSize: number;
  readonly parallelism: number;
  readonly salt: Buffer;
  readonly key: Buffer;
}

const KEY_BYTES = 32;
/** Upper bounds of the cost a stored hash may ask for: 256 MiB; more is a damaged or hostile row. */
const MAX_COST_LOG2 = 18;
const MAX_BLOCK_SIZE = 16;
const MAX_PARALLELISM = 16;

const derive = promisify<string, Buffer, number, object, Buffer>(scrypt);

/** The key of a password, made on libuv's threads. */
export function deriveByScrypt(
  password: string,
  { costLog2, blockSize, parallelism, salt }: ScryptHash,
): Promise<Buffer> {
  const N = 2 ** costLog2;
  // Node refuses to pass its default of 32 MiB; the derivation also needs a little beside the big block.
  const maxmem = 128 * N * blockSize + 1_024 * blockSize * parallelism + 1_048_576;
  return derive(password, salt, KEY_BYTES, { N, r: blockSize, p: parallelism, maxmem });
}

/** Reads `scrypt$15$8$3$<salt>$<key>`, base64url: what hashes were before Argon2id. */
export function parseScrypt(hash: string): ScryptHash | undefined {
  const [scheme, costLog2, blockSize, parallelism, salt, key, ...rest] = hash.split('$');
  if (scheme !== 'scrypt' || salt === undefined || key === undefined || rest.length > 0) return undefined;
  const parsed = {
    costLog2: Number(costLog2),
    blockSize: Number(blockSize),
    parallelism: Number(parallelism),
    salt: Buffer.from(salt, 'base64url'),
    key: Buffer.from(key, 'base64url'),
  };
  const sane =
    within(parsed.costLog2, MAX_COST_LOG2) &&
    within(parsed.blockSize, MAX_BLOCK_SIZE) &&
    within(parsed.parallelism, MAX_PARALLELISM) &&
    parsed.key.length === KEY_BYTES;
  return sane ? parsed : undefined;
}

function within(value: number, max: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= max;
}
