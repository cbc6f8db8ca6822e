import type { RaftTransport, VoterAddress } from '@hanok/cluster';
import type { Clock, Timer } from '@hanok/service-kit';
import type { Member, MemberChangeType, MemberDirectory } from './member.ts';

const lookMs = 500;

/** Takes a coordinator for alive while there is a connection to it. */
export class ConnectedVoters implements MemberDirectory {
  readonly #ownId: string;
  readonly #voters: readonly VoterAddress[];
  readonly #transport: RaftTransport;
  readonly #clock: Clock;
  readonly #listeners = new Set<(type: MemberChangeType, member: Member) => void>();
  #last: ReadonlyMap<string, Member> = new Map();
  #timer: Timer | null = null;

  constructor(ownId: string, voters: readonly VoterAddress[], transport: RaftTransport, clock: Clock) {
    this.#ownId = ownId;
    this.#voters = voters;
    this.#transport = transport;
    this.#clock = clock;
  }

  start(): void {
    this.#look();
  }

  close(): void {
    this.#timer?.cancel();
  }

  members(): readonly Member[] {
    return this.#voters.map(({ id, host, port }) => {
      const alive = id === this.#ownId || this.#transport.isConnected(id);
      return { id, host, port, state: alive ? 'alive' : 'dead' };
    });
  }

  watch(listener: (type: MemberChangeType, member: Member) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #look(): void {
    const members = this.members();
    for (const member of members) {
      const before = this.#last.get(member.id)?.state;
      if (before === undefined || before === member.state) continue;
      const type = member.state === 'alive' ? 'alive' : 'dead';
      for (const listener of this.#listeners) listener(type, member);
    }
    this.#last = new Map(members.map((member) => [member.id, member]));
    this.#timer = this.#clock.setTimer(lookMs, () => this.#look());
  }
}
