import { raftConfig } from '../../src/raft/raft-config.ts';
import { createRaftState } from '../../src/raft/raft-state.ts';
import type { RaftState } from '../../src/raft/raft-state.ts';
import type {
  Effects,
  Entry,
  NodeId,
  RaftEvent,
  RaftMessage,
  RecoveredState,
  VoterAddress,
} from '../../src/raft/raft-types.ts';
import { nextWakeAt, step } from '../../src/raft/step.ts';

type Body<M> = M extends RaftMessage ? Omit<M, 'from' | 'term' | 'storageId'> : never;
type Timed<E> = E extends RaftEvent ? Omit<E, 'now'> : never;

/** One voter of three, `n1` by default, and a hand that feeds it events. */
export class Scenario {
  readonly state: RaftState;
  now = 0;
  /** Everything that was to be sent since the last `take`, also what awaited the disk: it answers at once here. */
  sent: { to: NodeId; message: RaftMessage }[] = [];
  applied: Entry[] = [];

  constructor(recovered: Partial<RecoveredState> = {}, id = 'n1', voters = ['n1', 'n2', 'n3']) {
    const config = raftConfig({ id, voters: votersNamed(voters), storageId: `${id}-disk`, seed: 1 });
    const hardState = { term: 0, vote: null, commit: 0 };
    this.state = createRaftState(config, { hardState, snapshot: null, entries: [], ...recovered }, 0);
  }

  do(event: Timed<RaftEvent>): Effects {
    const effects = step(this.state, { ...event, now: this.now });
    for (const { to, message } of [...effects.send, ...effects.sendAfterPersist])
      this.sent.push({ to, message });
    this.applied.push(...effects.apply);
    if (effects.persist !== null) this.do({ type: 'persisted', ack: effects.persist.ack });
    return effects;
  }

  receive(from: NodeId, term: number, body: Body<RaftMessage>, storageId = `${from}-disk`): Effects {
    return this.do({ type: 'receive', message: { ...body, from, term, storageId } });
  }

  /** Lets time pass up to the next thing that is due. */
  wake(): Effects {
    this.now = Math.max(this.now, nextWakeAt(this.state, this.now));
    return this.do({ type: 'tick' });
  }

  take<T extends RaftMessage['type']>(type: T): { to: NodeId; message: Extract<RaftMessage, { type: T }> }[] {
    const taken = this.sent.filter(
      (each): each is { to: NodeId; message: Extract<RaftMessage, { type: T }> } =>
        each.message.type === type,
    );
    this.sent = [];
    return taken;
  }

  /** Wins an election with the help of `n2`. */
  lead(): this {
    this.wake();
    this.receive('n2', this.state.term + 1, { type: 'voteResponse', pre: true, granted: true });
    this.receive('n2', this.state.term, { type: 'voteResponse', pre: false, granted: true });
    return this;
  }

  /** `from` says that it has the log up to `index`. */
  ack(from: NodeId, index = this.state.log.lastIndex, storageId = `${from}-disk`): Effects {
    const body = {
      type: 'appendResponse',
      ok: true,
      index,
      hintIndex: 0,
      hintTerm: 0,
      sentAt: this.now,
    } as const;
    return this.receive(from, this.state.term, body, storageId);
  }
}

/** Voters that nobody connects to. */
export function votersNamed(ids: readonly NodeId[]): VoterAddress[] {
  return ids.map((id, index) => ({ id, host: 'host', port: index + 1 }));
}

export function logOf(...terms: number[]): Entry[] {
  return terms.map((term, offset) => ({ index: offset + 1, term, kind: 'command', data: `e${offset + 1}` }));
}
