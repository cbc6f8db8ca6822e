import type { Clock } from '@hanok/service-kit';
import { Gauge, type Registry } from 'prom-client';
import type { AuditReport } from '../ledger/audit.ts';

/** Adds what the last audit at this process found; without one there are no values. Gives the function to tell it by. */
export function auditMetrics(registry: Registry, clock: Clock): (report: AuditReport) => void {
  const registers = [registry];
  const labelNames: string[] = ['outcome'];
  const at = new Gauge({
    name: 'hanok_audit_timestamp_seconds',
    help: 'When the last audit of the ledger ended, by what it found: balanced or unbalanced',
    labelNames,
    registers,
  });
  const differences = new Gauge({
    name: 'hanok_audit_differences',
    help: 'Balances and bookings that the last audit found wrong, 100 of each at most',
    labelNames,
    registers,
  });
  return (report) => {
    const outcome = report.balanced ? 'balanced' : 'unbalanced';
    at.set({ outcome }, clock.now() / 1_000);
    differences.reset();
    differences.set({ outcome }, report.differences.length + report.unbalancedTransactions.length);
  };
}
