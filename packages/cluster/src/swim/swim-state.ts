import { GossipQueue } from './gossip-queue.ts';
import { hashOfId } from './id-hash.ts';
import { SeededRandom } from './random.ts';
import type { Suspicion } from './suspicion.ts';
import { checkSwimConfig, type SwimConfig } from './swim-config.ts';
import { maxMetadataBytes, type Address, type Liveness, type Member, type MemberId } from './swim-types.ts';

/** A member in the table; changed in place. */
export interface MemberRecord {
  readonly id: MemberId;
  /** Of the id; see `liveDigest`. */
  readonly idHash: number;
  address: Address;
  liveness: Liveness;
  incarnation: number;
  metadata: Uint8Array;
  /** When the liveness changed last. */
  changedAt: number;
}

/** The probe under way. */
export interface Probe {
  readonly seq: number;
  readonly target: MemberId;
  /** When others are asked to probe; null once they were. */
  indirectAt: number | null;
  readonly endsAt: number;
  expectedNacks: number;
  nacks: number;
}

/** A probe made for another member. */
export interface Relay {
  readonly origin: Address;
  readonly originSeq: number;
  /** When the origin is told that nothing came; null once it was. */
  nackAt: number | null;
  readonly endsAt: number;
}

/** How to start. */
export interface SwimOptions {
  readonly id: MemberId;
  readonly address: Address;
  readonly metadata: Uint8Array;
  readonly config: SwimConfig;
  /**
   * Higher than in any earlier life of this id, where that can be had (e.g. the wall clock): the member is then known
   * to be back at once. Where it is lower, the member learns so and raises it.
   */
  readonly incarnation: number;
  readonly seed: number;
  readonly now: number;
  /** The bytes of a datagram that the core may fill. */
  readonly packetBytes: number;
  /** Who is taken to be alive from the start, e.g. from a list kept over a restart; not told as news. */
  readonly known?: readonly Member[] | undefined;
}

/** Everything a member knows. Only `step` changes it. */
export interface SwimState {
  readonly config: SwimConfig;
  readonly packetBytes: number;
  readonly random: SeededRandom;
  readonly self: MemberRecord;
  /** All but this one. */
  readonly members: Map<MemberId, MemberRecord>;
  /** The ids of `members`; probed in this order, which is shuffled after each round. */
  readonly probeOrder: MemberId[];
  probeIndex: number;
  /** How many of `members` are alive or suspected. */
  liveCount: number;
  /** Those of `members` that are dead or left: few as a rule, so that looking through them costs nothing. */
  readonly gone: Map<MemberId, MemberRecord>;
  readonly suspicions: Map<MemberId, Suspicion>;
  readonly queue: GossipQueue;
  seeds: readonly Address[];
  /** Lifeguard's local health: 0 is well; each step stretches the probes by one interval. */
  health: number;
  seq: number;
  probe: Probe | null;
  readonly relays: Map<number, Relay>;
  nextProbeAt: number;
  nextGossipAt: number;
  nextSyncAt: number;
  nextReconnectAt: number;
  nextForgetAt: number;
  /** Before this, members back from the dead are not asked for their state. */
  nextHealAt: number;
  leaving: boolean;
  departed: boolean;
}

/** @throws RangeError for settings, an id, an address or metadata out of bounds. */
export function createSwimState(options: SwimOptions): SwimState {
  const { id, address, metadata, config, incarnation, now } = options;
  checkSwimConfig(config);
  if (id === '' || Buffer.byteLength(id) > 128) throw new RangeError('id: must be 1 to 128 bytes');
  if (address.host === '' || Buffer.byteLength(address.host) > 255)
    throw new RangeError('host: must be 1 to 255 bytes');
  if (metadata.length > maxMetadataBytes)
    throw new RangeError(`metadata: must be at most ${maxMetadataBytes} bytes`);
  const random = new SeededRandom(options.seed);
  const known = (options.known ?? []).filter((member) => member.id !== id);
  const members = new Map(
    known.map((member): [MemberId, MemberRecord] => [
      member.id,
      { ...member, idHash: hashOfId(member.id), liveness: 'alive', changedAt: now },
    ]),
  );
  const probeOrder = [...members.keys()];
  random.shuffle(probeOrder);
  return {
    config,
    packetBytes: options.packetBytes,
    random,
    self: { id, idHash: hashOfId(id), address, liveness: 'alive', incarnation, metadata, changedAt: now },
    members,
    probeOrder,
    probeIndex: 0,
    liveCount: members.size,
    gone: new Map(),
    suspicions: new Map(),
    queue: new GossipQueue(),
    seeds: [],
    health: 0,
    seq: random.below(2 ** 32),
    probe: null,
    relays: new Map(),
    // Members that start together must not probe together.
    nextProbeAt: now + random.next() * config.probeIntervalMs,
    nextGossipAt: now,
    nextSyncAt: now + random.next() * config.syncIntervalMs,
    nextReconnectAt: now + random.next() * config.reconnectIntervalMs,
    nextForgetAt: now + forgetCheckMs,
    nextHealAt: now,
    leaving: false,
    departed: false,
  };
}

/** Dead and left members are looked through this often. */
export const forgetCheckMs = 10_000;

/** How many members live, this one included. */
export function clusterSize(state: SwimState): number {
  return state.liveCount + 1;
}

/** Whether a member takes part. */
export function isLive(record: MemberRecord): boolean {
  return record.liveness === 'alive' || record.liveness === 'suspect';
}

/** The next number to tell answers apart by. */
export function nextSeq(state: SwimState): number {
  state.seq = (state.seq + 1) % 2 ** 32;
  return state.seq;
}

/** A member as others may see it. */
export function toMember({ id, address, liveness, incarnation, metadata }: MemberRecord): Member {
  return { id, address, liveness, incarnation, metadata };
}

/** All members known, this one first; what an exchange of whole states tells. */
export function wholeState(state: SwimState): Member[] {
  return [toMember(state.self), ...[...state.members.values()].map(toMember)];
}

/** Lowers or raises the local health within its bounds. */
export function adjustHealth(state: SwimState, delta: number): void {
  if (!state.config.lifeguard) return;
  state.health = Math.min(state.config.maxHealthMultiplier - 1, Math.max(0, state.health + delta));
}

export function sameAddress(a: Address, b: Address): boolean {
  return a.port === b.port && a.host === b.host;
}
