import type { RawData } from 'ws';

/** Most keys one process listens to over a link. */
export const maxListenedKeys = 100_000;
/** Most keys in one message. */
export const maxKeysInRequest = 1_000;

/** The subprotocol of the link. */
export const signalProtocol = 'hanok.signals.1';

/** What a process asks of the other end. */
export interface SignalRequest {
  readonly listen: readonly string[];
  readonly leave: readonly string[];
}

/** A signal as it travels: the key, and what came with it. */
export function signalText(key: string, payload: string | undefined): string {
  return JSON.stringify(payload === undefined ? [key] : [key, payload]);
}

/** Undefined for what is no signal. */
export function parseSignal(data: RawData): { key: string; payload: string | undefined } | undefined {
  const parsed = parse(data);
  if (!isTexts(parsed)) return undefined;
  const [key, payload] = parsed;
  return key === undefined ? undefined : { key, payload };
}

/** Undefined for what is no request. */
export function parseSignalRequest(data: RawData): SignalRequest | undefined {
  const { listen = [], leave = [] } = (parse(data) ?? {}) as { listen?: unknown; leave?: unknown };
  return isTexts(listen) && isTexts(leave) ? { listen, leave } : undefined;
}

function isTexts(value: unknown): value is string[] {
  return (
    Array.isArray(value) &&
    value.length <= maxKeysInRequest &&
    value.every((each) => typeof each === 'string')
  );
}

function parse(data: RawData): unknown {
  try {
    return JSON.parse(Buffer.isBuffer(data) ? data.toString() : '');
  } catch {
    return undefined;
  }
}
