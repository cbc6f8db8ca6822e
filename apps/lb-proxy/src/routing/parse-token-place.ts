import { ConfigError } from '@hanok/service-kit';
import { MAX_TOKEN_BYTES, type TokenPlace } from './token.ts';

const MAX_OFFSET = 1_024;
const LENGTH_SIZES = new Set([1, 2, 4]);

/**
 * Reads TOKEN: `off`, `bytes:<offset>:<size>` or `field:<offset>:<bytes of its length>`.
 * @throws ConfigError when a number is out of bounds
 */
export function parseTokenPlace(text: string): TokenPlace | undefined {
  if (text === 'off') return undefined;
  const [kind, offsetText, sizeText] = text.split(':', 3);
  const offset = Number(offsetText);
  const size = Number(sizeText);
  const isSizeRight = kind === 'field' ? LENGTH_SIZES.has(size) : size >= 1 && size <= MAX_TOKEN_BYTES;
  if (offset > MAX_OFFSET || !isSizeRight) {
    throw new ConfigError([
      `TOKEN: ${text} needs an offset from 0 to ${MAX_OFFSET} and ` +
        (kind === 'field' ? 'a length of 1, 2 or 4 bytes' : `a size from 1 to ${MAX_TOKEN_BYTES}`),
    ]);
  }
  return kind === 'field' ? { kind, offset, lengthBytes: size } : { kind: 'bytes', offset, sizeBytes: size };
}
