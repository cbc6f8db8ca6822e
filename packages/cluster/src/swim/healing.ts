import { liveDigest } from './live-digest.ts';
import type { Outbox } from './outbox.ts';
import { doubtOf } from './probing.ts';
import { syncPeriodMs } from './swim-config.ts';
import {
  clusterSize,
  forgetCheckMs,
  nextSeq,
  sameAddress,
  type MemberRecord,
  type SwimState,
} from './swim-state.ts';
import type { Address, Member } from './swim-types.ts';
import { applyUpdate } from './updates.ts';

/** Seeds asked at once when joining. */
const seedsAtOnce = 5;

/** About so many members look for each dead one in each interval, however large the cluster. */
const searchers = 3;

/** Asks the seeds for the cluster's state; those that do not answer are asked again and again. */
export function join(state: SwimState, out: Outbox, seeds: readonly Address[]): void {
  state.seeds = seeds.filter((seed) => !sameAddress(seed, state.self.address));
  for (const to of state.random.pick(state.seeds, seedsAtOnce, () => true)) {
    out.push({ type: 'sync', to, unless: null });
  }
}

/** Takes in a peer's whole state. */
export function mergeState(state: SwimState, out: Outbox, members: readonly Member[], now: number): void {
  for (const { id, liveness, incarnation, address, metadata } of members) {
    if (liveness === 'alive')
      applyUpdate(state, out, { type: 'alive', id, incarnation, address, metadata }, now);
    else if (liveness === 'left') applyUpdate(state, out, { type: 'left', id, incarnation }, now);
    // Also who is held dead elsewhere: it gets the time to refute here too.
    else applyUpdate(state, out, { type: 'suspect', id, incarnation, from: state.self.id }, now);
  }
}

/** Exchanges whole states with a random member now and then, against news that was lost on its way. */
export function tickSync(state: SwimState, out: Outbox, now: number): void {
  if (now < state.nextSyncAt) return;
  state.nextSyncAt = now + syncPeriodMs(state.config, clusterSize(state)) * (0.9 + state.random.next() * 0.2);
  const [id] = state.random.pick(
    state.probeOrder,
    1,
    (peer) => state.members.get(peer)?.liveness === 'alive',
  );
  const record = id === undefined ? undefined : state.members.get(id);
  if (record !== undefined) out.push({ type: 'sync', to: record.address, unless: liveDigest(state) });
}

/** Looks for one member that is held dead, or for a seed that is not among the members. */
export function tickReconnect(state: SwimState, out: Outbox, now: number): void {
  if (now < state.nextReconnectAt) return;
  state.nextReconnectAt = now + state.config.reconnectIntervalMs * (0.75 + state.random.next() * 0.5);
  const dead = [...state.gone.values()].filter(({ liveness }) => liveness === 'dead');
  const missing = missingSeeds(state);
  const wanted = dead.length + missing.length;
  if (wanted === 0 || state.random.next() * clusterSize(state) > wanted * searchers) return;
  const choice = state.random.below(wanted);
  const seed = missing[choice];
  if (seed !== undefined) {
    out.push({ type: 'sync', to: seed, unless: null });
    return;
  }
  const record = dead[choice - missing.length];
  if (record === undefined) return;
  const ping = { type: 'ping', seq: nextSeq(state), target: record.id, from: state.self.id } as const;
  out.send(record.address, ping, doubtOf(state, record));
}

/** Forgets members that have been gone for long, or are too many to remember. */
export function tickForget(state: SwimState, out: Outbox, now: number): void {
  if (now < state.nextForgetAt) return;
  state.nextForgetAt = now + forgetCheckMs;
  const { config } = state;
  if (state.gone.size === 0) return;
  const surplus = state.gone.size - config.maxRemembered;
  const oldestFirst = [...state.gone.values()].toSorted((a, b) => a.changedAt - b.changedAt);
  for (const [index, record] of oldestFirst.entries()) {
    const keepMs = record.liveness === 'left' ? config.forgetLeftAfterMs : config.forgetDeadAfterMs;
    if (index < surplus || now - record.changedAt > keepMs) forget(state, out, record);
  }
}

function forget(state: SwimState, out: Outbox, record: MemberRecord): void {
  state.members.delete(record.id);
  state.gone.delete(record.id);
  const place = state.probeOrder.indexOf(record.id);
  state.probeOrder.splice(place, 1);
  if (place < state.probeIndex) state.probeIndex -= 1;
  out.changed('forgotten', record);
}

/** Seeds that no member known has the address of, but for those that left. */
function missingSeeds(state: SwimState): Address[] {
  return state.seeds.filter((seed) => {
    for (const { address, liveness } of state.members.values()) {
      if (liveness !== 'left' && sameAddress(address, seed)) return false;
    }
    return true;
  });
}
