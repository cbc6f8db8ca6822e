import { CacheError, type CacheErrorCode } from '../errors.ts';

/** The first word of a Redis error, and what it means here. */
const codesByWord: Readonly<Record<string, CacheErrorCode>> = {
  WRONGTYPE: 'wrong_type',
  OUTOFRANGE: 'out_of_range',
  OOM: 'out_of_memory',
  MISCONF: 'out_of_memory',
  READONLY: 'read_only',
  NOAUTH: 'denied',
  WRONGPASS: 'denied',
  NOPERM: 'denied',
  LOADING: 'unavailable',
  BUSY: 'unavailable',
  MASTERDOWN: 'unavailable',
  NOREPLICAS: 'unavailable',
  CLUSTERDOWN: 'unavailable',
  TRYAGAIN: 'unavailable',
  // Followed by the driver; these are left when a slot moved more often than it follows.
  MOVED: 'unavailable',
  ASK: 'unavailable',
  // From MIGRATE: the other server could not be reached.
  IOERR: 'unavailable',
  RINGCHANGED: 'unavailable',
};

/** True when the server forgot a script, as after a restart or SCRIPT FLUSH. */
export function isScriptMissing(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('NOSCRIPT');
}

/** True when a key could not be moved because the other server has it already. */
export function isKeyBusy(error: unknown): boolean {
  return error instanceof Error && error.message.includes('BUSYKEY');
}

/** A driver's or server's failure as a {@link CacheError}, with the original as its cause. */
export function toCacheError(error: unknown, shard: string): CacheError {
  if (error instanceof CacheError) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof Error && error.name === 'ReplyError') {
    // What the server that a key was to be moved to had against it.
    const told = message.replace(/^ERR Target instance replied with error: /, '');
    const word = /^[A-Z]+/.exec(told)?.[0] ?? '';
    const code = codesByWord[word] ?? 'protocol';
    // What is wrong with the request is told to whoever sent it, and is none of the server's business.
    const isAboutRequest = code === 'out_of_range' || code === 'wrong_type';
    return new CacheError(code, isAboutRequest ? told.slice(word.length + 1) : `Redis ${shard}: ${message}`, {
      cause: error,
    });
  }
  if (message.startsWith('Socket timeout')) {
    return new CacheError('timeout', `Redis ${shard} did not answer in time`, { cause: error });
  }
  return new CacheError('unavailable', `Redis ${shard} cannot be reached: ${message}`, { cause: error });
}
