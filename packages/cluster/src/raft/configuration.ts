import type { Configuration, Member, NodeId } from './raft-types.ts';

/** A configuration and its place in the log; index 0 for the one that a new group begins with. */
export interface ConfigurationAt {
  readonly index: number;
  readonly members: Configuration;
}

/** What follows from a configuration, for one of its nodes. */
export interface Group {
  readonly members: Configuration;
  /** Ids of the voters. */
  readonly voters: readonly NodeId[];
  /** Ids of all but this node, learners too. */
  readonly peers: readonly NodeId[];
  readonly quorum: number;
  /** Place of this node in the order of standing for election: 0 for the highest id. */
  readonly rank: number;
  /** Some disk is not known yet, or a learner is on its way: the leader has something to do. */
  readonly unsettled: boolean;
}

export function groupOf(members: Configuration, self: NodeId): Group {
  const voters = members.filter(({ voting }) => voting).map(({ id }) => id);
  return {
    members,
    voters,
    peers: members.filter(({ id }) => id !== self).map(({ id }) => id),
    quorum: Math.floor(voters.length / 2) + 1,
    rank: voters.filter((id) => compareIds(id, self) > 0).length,
    unsettled: members.some(({ voting, storageId }) => !voting || storageId === null),
  };
}

const byNumber = new Intl.Collator('en', { numeric: true });

/** Orders ids as people do: `coordinator-10` after `coordinator-9`. */
function compareIds(left: NodeId, right: NodeId): number {
  const order = byNumber.compare(left, right);
  if (order !== 0 || left === right) return order;
  return left < right ? -1 : 1;
}

/** Data of a `config` entry. */
export function encodeConfiguration(members: Configuration): string {
  return JSON.stringify(
    members.map(({ id, host, port, storageId, voting }) => [id, host, port, storageId, voting]),
  );
}

/** @throws SyntaxError or RangeError when the text is no configuration. */
export function decodeConfiguration(data: string): Configuration {
  const rows: unknown = JSON.parse(data);
  if (!Array.isArray(rows) || rows.length > maxMembers)
    throw new RangeError('configuration: not a list of members');
  const members = rows.map(memberFrom);
  if (new Set(members.map(({ id }) => id)).size !== members.length) {
    throw new RangeError('configuration: an id is listed twice');
  }
  return members;
}

/** Five voters and a learner, with room for the future. */
const maxMembers = 16;

function memberFrom(row: unknown): Member {
  const [id, host, port, storageId, voting] = Array.isArray(row) ? (row as unknown[]) : [];
  if (
    typeof id !== 'string' ||
    typeof host !== 'string' ||
    typeof port !== 'number' ||
    typeof voting !== 'boolean'
  ) {
    throw new RangeError('configuration: not a member');
  }
  if (storageId !== null && typeof storageId !== 'string')
    throw new RangeError('configuration: not a storage id');
  return { id, host, port, storageId, voting };
}
