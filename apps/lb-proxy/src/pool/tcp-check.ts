import { lookup } from 'node:dns/promises';
import { connect, isIP } from 'node:net';
import type { CheckResult } from './backend-health.ts';

/** A check's result, and the address that was checked. */
export interface ProbeResult {
  readonly check: CheckResult;
  readonly address: string | undefined;
}

/** Checks a backend; never throws and never takes longer than `timeoutMs`. */
export type Probe = (host: string, port: number, timeoutMs: number) => Promise<ProbeResult>;

const REFUSALS: ReadonlySet<string> = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EHOSTUNREACH', 'ENETUNREACH']);

/** The chapter's check: is a TCP connection accepted? Names are resolved anew each time, never blocking. */
export const probeTcp: Probe = async (host, port, timeoutMs) => {
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), timeoutMs);
  let address: string | undefined;
  try {
    const startedMs = performance.now();
    address = isIP(host) === 0 ? await resolveName(host, deadline.signal) : host;
    await connectOnce(address, port, deadline.signal);
    return { address, check: { ok: true, tookMs: performance.now() - startedMs } };
  } catch (error) {
    if (deadline.signal.aborted) {
      return { address, check: { ok: false, reason: 'no-answer', detail: `no answer in ${timeoutMs} ms` } };
    }
    const { code = 'ERROR', message } = error as NodeJS.ErrnoException;
    const reason = REFUSALS.has(code) ? 'refused' : 'no-answer';
    return { address, check: { ok: false, reason, detail: `${code}: ${message}` } };
  } finally {
    clearTimeout(timer);
  }
};

async function resolveName(name: string, signal: AbortSignal): Promise<string> {
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('resolving took too long')), { once: true });
  });
  // A lookup cannot be called off; its late result is of no use to anybody.
  const result = await Promise.race([lookup(name), aborted]);
  return result.address;
}

function connectOnce(host: string, port: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, signal, autoSelectFamily: false });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.destroy();
      resolve();
    });
  });
}
