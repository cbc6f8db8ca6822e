import { CoordinationError } from '@hanok/cluster';
import type { Coordination, RaftNode } from '@hanok/cluster';

const topic = 'accept-storage';
const timeoutMs = 5_000;

interface AcceptStorageContext {
  readonly nodeId: string;
  readonly coordination: Coordination;
  readonly raft: RaftNode | null;
}

/** Lets the other coordinators ask this one, when it leads, to accept a voter's new disk. */
export function answerAcceptStorage({ coordination, raft }: AcceptStorageContext): void {
  if (raft === null) return;
  coordination.peers.handle(topic, async (_from, payload) => {
    const [voterId, storageId] = JSON.parse(payload) as [string, string];
    await accept(raft, voterId, storageId);
    return '';
  });
}

/**
 * Has the leader count a voter that lost its disk again, with the disk it has now. Resolves when the other voters,
 * without that one, have committed it.
 *
 * @throws CoordinationError `bad-request` when it is not the disk that the voter answers from; `no-leader`.
 */
export async function acceptStorage(
  { nodeId, coordination, raft }: AcceptStorageContext,
  voterId: string,
  storageId: string,
): Promise<void> {
  if (raft === null)
    throw new CoordinationError('bad-request', 'coordination lives in etcd: there are no voters here');
  const { leaderId } = coordination.election.view();
  if (leaderId === null) throw new CoordinationError('no-leader', 'there is no leader to accept it');
  if (leaderId === nodeId) await accept(raft, voterId, storageId);
  else await coordination.peers.request(leaderId, topic, JSON.stringify([voterId, storageId]), timeoutMs);
}

async function accept(raft: RaftNode, voterId: string, storageId: string): Promise<void> {
  const voter = raft.status().voters.find(({ id }) => id === voterId);
  if (voter === undefined) throw new CoordinationError('bad-request', `${voterId} is not a voter`);
  if (voter.storageId !== storageId) {
    throw new CoordinationError(
      'bad-request',
      `${voterId} answers from storage ${voter.storageId}, not ${storageId}`,
    );
  }
  if (!voter.trusted) await raft.rebindStorage(voterId, storageId);
}
