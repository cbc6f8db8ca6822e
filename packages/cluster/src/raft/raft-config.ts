import type { NodeId, RaftConfig } from './raft-types.ts';

/** The settings without a default, and any of the others. */
export type RaftOptions = Pick<RaftConfig, 'id' | 'voters' | 'storageId' | 'seed'> & Partial<RaftConfig>;

/** Voters a group may have: more would cost each write more answers, and gain little. */
export const maxVoters = 5;
/** With an even number, one voter more must answer and no more may fail. */
const voterCounts = [1, 3, 5];

/**
 * Fills in the defaults and checks the settings against each other.
 *
 * @throws RangeError naming the setting and the rule it breaks.
 */
export function raftConfig(options: RaftOptions): RaftConfig {
  const electionTimeoutMs = options.electionTimeoutMs ?? 1000;
  const config: RaftConfig = {
    electionTimeoutMs,
    heartbeatIntervalMs: electionTimeoutMs / 10,
    leaseRatio: 0.9,
    maxAppendEntries: 512,
    maxAppendChars: 524_288,
    maxInflightAppends: 64,
    maxUncommittedEntries: 16_384,
    ...options,
  };
  const distinct = new Set<NodeId>(config.voters.map(({ id }) => id));
  if (distinct.size !== config.voters.length) throw new RangeError('voters: an id is listed twice');
  if (distinct.size > 0 && !voterCounts.includes(distinct.size)) {
    throw new RangeError(`voters: must be 1, 3 or 5, not ${distinct.size}`);
  }
  if (distinct.size > 0 && !distinct.has(config.id)) {
    throw new RangeError(`voters: must contain this node's id, ${config.id}`);
  }
  if (electionTimeoutMs < 50 || electionTimeoutMs > 60_000) {
    throw new RangeError('electionTimeoutMs: must be from 50 to 60000');
  }
  if (config.heartbeatIntervalMs <= 0 || config.heartbeatIntervalMs > electionTimeoutMs / 3) {
    throw new RangeError('heartbeatIntervalMs: must be over 0 and at most a third of electionTimeoutMs');
  }
  if (config.leaseRatio <= 0 || config.leaseRatio >= 1) {
    throw new RangeError('leaseRatio: must be between 0 and 1');
  }
  return config;
}
