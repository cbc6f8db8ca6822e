import { CoordinationError } from '@hanok/cluster';
import type { Coordination, RaftNode, VoterChange } from '@hanok/cluster';

const topic = 'change-voters';
const timeoutMs = 5_000;

interface ChangeVotersContext {
  readonly nodeId: string;
  readonly coordination: Coordination;
  readonly raft: RaftNode | null;
}

/** Lets the other coordinators ask this one, when it leads, to change the voters. */
export function answerChangeVoters({ coordination, raft }: ChangeVotersContext): void {
  if (raft === null) return;
  coordination.peers.handle(topic, async (_from, payload) => {
    await raft.changeMembers(JSON.parse(payload) as VoterChange);
    return '';
  });
}

/**
 * Has the leader, wherever it is, add or remove a voter. Resolves when that is committed; a new one still has to catch
 * up. May be repeated.
 *
 * @throws CoordinationError `conflict` when the voters as they are do not allow it; `not-found`; `no-leader`; `outcome-unknown`;
 * `bad-request` when coordination lives in etcd.
 */
export async function changeVoters(
  { nodeId, coordination, raft }: ChangeVotersContext,
  change: VoterChange,
): Promise<void> {
  if (raft === null) {
    throw new CoordinationError('bad-request', 'coordination lives in etcd: there are no voters here');
  }
  const { leaderId } = coordination.election.view();
  if (leaderId === null) throw new CoordinationError('no-leader', 'there is no leader to change the voters');
  if (leaderId === nodeId) await raft.changeMembers(change);
  else await coordination.peers.request(leaderId, topic, JSON.stringify(change), timeoutMs);
}
