import { lookup } from 'node:dns/promises';
import { connect, isIP, type Socket } from 'node:net';
import type { CheckResult } from './backend-health.ts';

/** A check's result, and the address that was checked. */
export interface ProbeResult {
  readonly check: CheckResult;
  readonly address: string | undefined;
}

/** Checks a backend; never throws and never takes longer than `timeoutMs`. */
export type Probe = (host: string, port: number, timeoutMs: number) => Promise<ProbeResult>;

/** What is done on a connection once it is open: resolves when the backend is fine. The socket is closed after. */
export type Exchange = (socket: Socket, host: string) => Promise<void>;

const REFUSALS: ReadonlySet<string> = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EHOSTUNREACH', 'ENETUNREACH']);

/** A check that connects and then does `exchange`. Names are resolved anew each time, never blocking. */
export function probeWith(exchange: Exchange): Probe {
  return async (host, port, timeoutMs) => {
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(), timeoutMs);
    let address: string | undefined;
    try {
      const startedMs = performance.now();
      address = isIP(host) === 0 ? await resolveName(host, deadline.signal) : host;
      const socket = connect({ host: address, port, signal: deadline.signal, autoSelectFamily: false });
      try {
        await opened(socket);
        await exchange(socket, host);
      } finally {
        socket.destroy();
      }
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
}

/** The chapter's check: is a TCP connection accepted? */
export const probeTcp: Probe = probeWith(() => Promise.resolve());

async function resolveName(name: string, signal: AbortSignal): Promise<string> {
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('resolving took too long')), { once: true });
  });
  // A lookup cannot be called off; its late result is of no use to anybody.
  const result = await Promise.race([lookup(name), aborted]);
  return result.address;
}

function opened(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    // Stays for as long as the socket: a late error must not go unheard.
    socket.on('error', reject);
    socket.once('connect', resolve);
  });
}
