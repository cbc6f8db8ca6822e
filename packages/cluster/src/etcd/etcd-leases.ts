import type { EtcdGateway } from './etcd-gateway.ts';
import { EtcdError, grpcCodes } from './etcd-error.ts';
import { childOf, digitsOf, integerOf } from './etcd-json.ts';

/** A lease as etcd granted it. */
export interface EtcdLease {
  readonly id: string;
  /** At least what was asked for: etcd rounds up, and has a least of its own. */
  readonly ttlMs: number;
}

/** Grants a lease. An attempt whose answer is lost leaves a lease that runs out by itself. @throws EtcdError */
export async function grantLease(gateway: EtcdGateway, ttlMs: number, timeoutMs: number): Promise<EtcdLease> {
  const answer = await gateway.call('/lease/grant', { TTL: String(Math.ceil(ttlMs / 1_000)) }, timeoutMs);
  return { id: digitsOf(answer, 'ID'), ttlMs: integerOf(answer, 'TTL') * 1_000 };
}

/** Starts the lease's time anew. @returns how long it runs; null when it has run out. @throws EtcdError */
export async function keepAlive(
  gateway: EtcdGateway,
  leaseId: string,
  timeoutMs: number,
): Promise<number | null> {
  const answer = await gateway.call('/lease/keepalive', { ID: leaseId }, timeoutMs);
  const seconds = integerOf(childOf(answer, 'result'), 'TTL');
  return seconds > 0 ? seconds * 1_000 : null;
}

/** Ends a lease, and with it its keys. @throws EtcdError */
export async function revokeLease(gateway: EtcdGateway, leaseId: string, timeoutMs: number): Promise<void> {
  try {
    await gateway.call('/lease/revoke', { ID: leaseId }, timeoutMs);
  } catch (error) {
    // It has run out already.
    if (!(error instanceof EtcdError) || error.grpcCode !== grpcCodes.notFound) throw error;
  }
}
