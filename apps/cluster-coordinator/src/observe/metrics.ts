import { dropReasons } from '@hanok/cluster';
import type { Coordination, DropCounts, RaftNode } from '@hanok/cluster';
import { Gauge } from 'prom-client';
import type { Registry } from 'prom-client';
import type { MemberDirectory } from '../cluster/member.ts';
import { registerDiskMetric } from './disk-metric.ts';
import { registerVoterMetrics } from './voter-metrics.ts';

/** Where the figures come from; they are read when they are asked for. */
export interface MetricsSources {
  readonly coordination: Coordination;
  /** Null with another engine than the embedded one. */
  readonly raft: RaftNode | null;
  readonly members: MemberDirectory;
  /** Frames that were not taken; null when nobody counts. */
  readonly drops: DropCounts | null;
  /** Open streams of events. */
  readonly streams: () => number;
}

const memberStates = ['alive', 'suspect', 'dead', 'left'] as const;
const nodeStates = ['starting', 'ready', 'draining'] as const;

/** Adds the coordinator's metrics. */
export function registerMetrics(registry: Registry, sources: MetricsSources): void {
  const { coordination, raft, members, drops, streams } = sources;
  const registers = [registry];

  const gauge = (name: string, help: string, value: () => number): void => {
    const metric: Gauge = new Gauge({ name, help, registers, collect: () => metric.set(value()) });
  };
  const gaugeBy = (name: string, help: string, label: string, values: () => Record<string, number>): void => {
    const metric = new Gauge({
      name,
      help,
      registers,
      labelNames: [label],
      collect: () => {
        for (const [key, value] of Object.entries(values())) metric.set({ [label]: key }, value);
      },
    });
  };

  gauge('hanok_coordinator_is_leader', '1 while this coordinator leads, with a lease', () =>
    Number(coordination.holdsLeadership()),
  );
  gauge('hanok_coordinator_is_current', '1 while this coordinator is in touch with a leader', () =>
    Number(coordination.isCurrent()),
  );
  gauge('hanok_coordinator_term', 'Term of the leadership, which is the fencing token', () => {
    return coordination.election.view().term;
  });
  gauge(
    'hanok_coordinator_registry_revision',
    'Changes of the registry so far',
    () => coordination.registry.revision,
  );
  gauge('hanok_coordinator_event_streams', 'Open streams of events', streams);
  gaugeBy('hanok_coordinator_nodes', 'Registered services', 'state', () =>
    countBy(nodeStates, coordination.registry.list()),
  );
  gaugeBy('hanok_coordinator_members', 'Coordinators as they seem', 'state', () =>
    countBy(memberStates, members.members()),
  );
  if (drops !== null) {
    gaugeBy(
      'hanok_coordinator_dropped_frames',
      'Frames of other coordinators that were not taken',
      'reason',
      () => Object.fromEntries(dropReasons.map((reason) => [reason, drops.get(reason)])),
    );
  }
  if (raft !== null) {
    registerVoterMetrics(registry, raft);
    registerDiskMetric(registry);
    gauge('hanok_coordinator_commit_index', 'Raft entries committed', () => raft.status().commitIndex);
    gauge('hanok_coordinator_log_entries', 'Raft entries kept', () => {
      const { firstIndex, lastIndex } = raft.status();
      return lastIndex - firstIndex + 1;
    });
  }
}

function countBy<S extends string>(
  states: readonly S[],
  items: readonly { readonly state: S }[],
): Record<string, number> {
  const counts = new Map<S, number>(states.map((state) => [state, 0]));
  for (const { state } of items) counts.set(state, (counts.get(state) ?? 0) + 1);
  return Object.fromEntries(counts);
}
