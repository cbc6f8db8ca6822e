import type { ClusterSource, ClusterView, CoordinatorEntry, ServiceEntry } from '@hanok/console';
import type { RegistryNode } from '@hanok/cluster';
import { stepDown } from '../cluster/step-down.ts';
import type { RouteContext } from '../http/context.ts';
import type { EventLog } from '../observe/event-log.ts';
import { timelineEventsOf } from './cluster-timeline.ts';
import { LeaderView } from './leader-view.ts';
import { ServiceTimeline } from './service-timeline.ts';

const askTimeoutMs = 2_000;
const shownEvents = 200;

/** A source that must be closed. */
export interface CoordinatorSource extends ClusterSource {
  close(): void;
}

/** What this coordinator knows, for the console. */
export function coordinatorSource(context: RouteContext, eventLog: EventLog): CoordinatorSource {
  const { nodeId, coordination, members, lostNodes, clock } = context;
  const { registry, election, peers } = coordination;
  const listeners = new Set<() => void>();
  const changed = (): void => {
    for (const listener of listeners) listener();
  };
  const leader = new LeaderView(context);
  const timeline = new ServiceTimeline(registry, clock, changed);
  const ends = [election.observe(changed), members.watch(changed), () => timeline.close()];

  return {
    cluster: () => clusterView(context, leader),
    coordinators: () => coordinatorEntries(context, leader),
    services: () => [
      ...registry.list().map((node) => serviceEntry(node, node.state)),
      ...lostNodes.list().map((node) => serviceEntry(node, 'dead')),
    ],
    timeline: () => [
      ...eventLog.list(shownEvents).flatMap((event) => timelineEventsOf(event, nodeId)),
      ...timeline.events,
    ],
    watch(onChange) {
      listeners.add(onChange);
      return () => listeners.delete(onChange);
    },
    ask: (coordinatorId, topic, payload) => peers.request(coordinatorId, topic, payload, askTimeoutMs),
    answer: (topic, handler) => peers.handle(topic, (_from, payload) => handler(payload)),
    stepDown: () => stepDown(context),
    async removeService(id) {
      const { outcome } = await registry.remove(id);
      return outcome !== 'unknown';
    },
    close() {
      for (const end of ends) end();
    },
  };
}

function clusterView({ nodeId, coordination, raft }: RouteContext, leader: LeaderView): ClusterView {
  const { leaderId, term } = coordination.election.view();
  const status = raft?.status() ?? null;
  return {
    nodeId,
    leaderId,
    term,
    isStale: !coordination.isCurrent(),
    revision: coordination.registry.revision,
    engine: raft === null ? 'etcd' : 'embedded',
    commitIndex: status?.commitIndex ?? null,
    logEntries: status === null ? null : status.lastIndex - status.firstIndex + 1,
    leaseMs: leader.get()?.leaseMs ?? null,
    electionReason: status?.lastElection?.reason ?? null,
  };
}

function coordinatorEntries(
  { coordination, members, raft }: RouteContext,
  leader: LeaderView,
): CoordinatorEntry[] {
  const { leaderId } = coordination.election.view();
  const status = raft?.status() ?? null;
  const voters = new Set(status?.voters.map(({ id }) => id));
  const learners = new Set(status?.learners.map(({ id }) => id));
  const known = new Map(leader.get()?.voters.map((voter) => [voter.id, voter]));
  return members.members().map(({ id, host, port, state }) => {
    return {
      id,
      host,
      port,
      state,
      role: id === leaderId ? 'leader' : 'follower',
      vote: voters.has(id) ? 'voter' : learners.has(id) ? 'learner' : null,
      match: known.get(id)?.match ?? null,
      heardAgoMs: known.get(id)?.heardAgoMs ?? null,
    };
  });
}

function serviceEntry(node: RegistryNode, state: string): ServiceEntry {
  const { id, service, host, port, ttlMs, registeredAt, metadata } = node;
  return { id, service, host, port, state, ttlMs, registeredAt, metadata };
}
