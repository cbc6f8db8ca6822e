import type { Standing } from '@hanok/strategies';
import type { Backend } from './backend.ts';

/** Why a backend gets no new connections. The table shows a place in this list, so that workers can record it. */
const REASONS = [
  null,
  'it is draining',
  'it is disabled',
  'its health is unknown',
  'its health is down',
  'its health is ejected',
] as const;

type Reason = (typeof REASONS)[number];

/** The code for the table; 0 when nothing speaks against the backend. */
export function ineligibilityOf({ spec, health }: Backend, nowMs: number): number {
  const status = health.status(nowMs);
  const reason: Reason =
    spec.state !== 'enabled' ? `it is ${spec.state}` : status === 'up' ? null : `its health is ${status}`;
  return REASONS.indexOf(reason);
}

/** Why a backend that stood like this is, or was, no candidate; null for one that is. */
export function reasonOf(standing: Standing, ineligibility: number): string | null {
  return {
    candidate: null,
    'not-eligible': REASONS[ineligibility] ?? 'it was not known yet',
    excluded: 'it failed this connection before',
    full: 'it has as many connections as it may',
  }[standing];
}
