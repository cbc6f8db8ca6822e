import { Membership, MembershipError } from '@hanok/cluster';
import type { Address, MembershipOptions, VoterAddress } from '@hanok/cluster';
import type { Logger } from '@hanok/service-kit';
import type { Member, MemberChangeType, MemberDirectory } from './member.ts';

export interface GossipMembersOptions extends Omit<MembershipOptions, 'logger'> {
  /** Shown as dead until they have been heard of. */
  readonly voters: () => readonly VoterAddress[];
  readonly seeds: readonly Address[];
  readonly logger: Logger;
}

/** The coordinators as gossip tells of them (SWIM with Lifeguard). */
export class GossipMembers implements MemberDirectory {
  readonly #membership: Membership;
  readonly #voters: () => readonly VoterAddress[];

  /** @throws the system's error when the UDP port cannot be used. */
  static async start(options: GossipMembersOptions): Promise<GossipMembers> {
    const membership = await Membership.start(options);
    // Not waited for: a coordinator works with whom it can reach, and goes on looking for the others.
    membership.join(options.seeds).catch((error: unknown) => {
      if (error instanceof MembershipError && error.code === 'closed') return;
      options.logger.warn({ err: error }, 'no other coordinator answers; still looking for them');
    });
    return new GossipMembers(membership, options.voters);
  }

  private constructor(membership: Membership, voters: () => readonly VoterAddress[]) {
    this.#membership = membership;
    this.#voters = voters;
  }

  members(): readonly Member[] {
    const known = new Map(this.#membership.members().map((member) => [member.id, toMember(member)]));
    for (const { id, host, port } of this.#voters()) {
      if (!known.has(id)) known.set(id, { id, host, port, state: 'dead' });
    }
    return [...known.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1));
  }

  watch(listener: (type: MemberChangeType, member: Member) => void): () => void {
    return this.#membership.watch((change, member) => {
      // Coordinators tell nothing by metadata, and whoever is forgotten was told to be gone before.
      if (change !== 'updated' && change !== 'forgotten') listener(change, toMember(member));
    });
  }

  /** Tells the others that this one goes by itself. */
  leave(): Promise<void> {
    return this.#membership.leave();
  }
}

function toMember({ id, host, port, state }: Member): Member {
  return { id, host, port, state };
}
