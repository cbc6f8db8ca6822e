import type { Static } from 'typebox';
import type { Coordination, RaftNode } from '@hanok/cluster';
import type { statusSchema } from '../http/status-routes.ts';
import { nodeView } from '../registry/node-view.ts';
import type { LostNodes } from '../registry/lost-nodes.ts';
import type { MemberDirectory } from './member.ts';

type ClusterStatus = Static<typeof statusSchema>;
type StatusNode = ClusterStatus['nodes'][number];

interface StatusContext {
  readonly nodeId: string;
  readonly coordination: Coordination;
  readonly members: MemberDirectory;
  readonly lostNodes: LostNodes;
  readonly raft: RaftNode | null;
}

/** Who is there, who leads, and how far the log has come. */
export function clusterStatus(context: StatusContext): ClusterStatus {
  const { nodeId, coordination, members, lostNodes } = context;
  const { registry } = coordination;
  const { leaderId, term } = coordination.election.view();
  const coordinators = members.members().map(({ id, host, port, state }): StatusNode => {
    const alive = state === 'alive' || state === 'suspect';
    const role = id === leaderId ? 'leader' : 'follower';
    return { id, service: 'cluster-coordinator', host, port, role, alive, state };
  });
  const services = registry.list();
  const lost = lostNodes.list();
  const raft = context.raft?.status() ?? null;
  return {
    nodeId,
    leaderId,
    term,
    stale: !coordination.isCurrent(),
    revision: registry.revision,
    totals: {
      coordinators: coordinators.length,
      coordinatorsAlive: coordinators.filter(({ alive }) => alive).length,
      services: services.length,
      servicesReady: services.filter(({ state }) => state === 'ready').length,
      servicesLost: lost.length,
    },
    nodes: [
      ...coordinators,
      ...services.map((node) => nodeView(node)),
      ...lost.map((node) => ({ ...nodeView(node, false), state: 'dead' as const })),
    ],
    raft: raft === null ? null : { ...raft, voters: [...raft.voters], learners: [...raft.learners] },
  };
}
