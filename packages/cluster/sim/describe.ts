import { decodeConfiguration } from '../src/raft/configuration.ts';
import type { RaftState } from '../src/raft/raft-state.ts';
import type { Configuration, Entry, RaftMessage } from '../src/raft/raft-types.ts';

/** A message on one line: who to whom, what, in which term. */
export function describeMessage(to: string, message: RaftMessage): string {
  return `${message.from} > ${to}: ${kindOf(message)} term ${message.term}${detailsOf(message)}`;
}

function kindOf({ type }: RaftMessage): string {
  return type.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function detailsOf(message: RaftMessage): string {
  switch (message.type) {
    case 'voteRequest': {
      const flags = `${message.pre ? ' on trial' : ''}${message.forced ? ' on the word of the leader' : ''}`;
      return `${flags}, log up to ${message.lastIndex} of term ${message.lastTerm}`;
    }
    case 'voteResponse':
      return `${message.pre ? ' on trial' : ''}, ${message.granted ? 'yes' : 'no'}`;
    case 'append': {
      const entries = message.entries.map(describeEntry).join(', ');
      return `, after ${message.prevIndex} of term ${message.prevTerm}: ${entries || 'nothing'}; commit ${message.commit}`;
    }
    case 'appendResponse':
      return message.ok
        ? `, has up to ${message.index}`
        : `, has no such ${message.index}, look at ${message.hintIndex}`;
    case 'heartbeat':
      return `, commit ${message.commit}`;
    case 'snapshot':
      return `, up to ${message.snapshot.index}, ${describeGroup(message.snapshot.configuration)}`;
    default:
      return '';
  }
}

/** `7/3 x`: index, term and content. */
export function describeEntry({ index, term, kind, data }: Entry): string {
  const content =
    kind === 'config' ? describeGroup(decodeConfiguration(data)) : kind === 'noop' ? 'noop' : data;
  return `${index}/${term} ${content}`;
}

/** Voters, learners in brackets; one whose disk is not known yet with a question mark. */
export function describeGroup(members: Configuration): string {
  const names = members.map(({ id, voting, storageId }) => {
    const name = storageId === null ? `${id}?` : id;
    return voting ? name : `(${name})`;
  });
  return names.length === 0 ? 'no group' : `group ${names.join(' ')}`;
}

/** Role, term, log and commit of a node. */
export function describeState({ role, term, vote, commit, log }: RaftState): string {
  const voted = vote === null ? '' : `, voted for ${vote}`;
  return `${role} term ${term}${voted}, log up to ${log.lastIndex} of term ${log.lastTerm}, commit ${commit}`;
}
