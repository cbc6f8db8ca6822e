import type { TimelineKind } from '../timeline-event.ts';

const kinds: Readonly<Record<string, TimelineKind>> = {
  added: 'joined',
  removed: 'left',
  up: 'up',
  down: 'down',
  ejected: 'ejected',
  draining: 'drained',
  enabled: 'enabled',
  disabled: 'disabled',
  strategy: 'strategy',
};

/** What the timeline calls an event of a balancer; null for one this console does not know. */
export function balancerKind(kind: string): TimelineKind | null {
  return kinds[kind] ?? null;
}
