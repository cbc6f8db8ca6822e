import type { Outbox } from './outbox.ts';
import { hashOfId } from './id-hash.ts';
import { Suspicion } from './suspicion.ts';
import {
  adjustHealth,
  clusterSize,
  isLive,
  sameAddress,
  type MemberRecord,
  type SwimState,
} from './swim-state.ts';
import type { Update } from './swim-types.ts';

type Alive = Extract<Update, { type: 'alive' }>;
type Accusing = Extract<Update, { type: 'suspect' | 'dead' }>;
type Left = Extract<Update, { type: 'left' }>;

/**
 * Takes a piece of news: changes the table and passes it on, or does nothing when something at least as strong is
 * known. Of two about one life (incarnation) of a member, "dead" and "left" overrule "suspect", which overrules
 * "alive"; a later life overrules all of an earlier one (SWIM paper, section 4.2).
 */
export function applyUpdate(state: SwimState, out: Outbox, update: Update, now: number): void {
  if (update.id === state.self.id) answerForSelf(state, out, update);
  else if (update.type === 'alive') applyAlive(state, out, update, now);
  else if (update.type === 'suspect') applySuspect(state, out, update, now);
  else applyGone(state, out, update, now);
}

/** What this member says of itself. */
export function aliveUpdate({ id, incarnation, address, metadata }: MemberRecord): Alive {
  return { type: 'alive', id, incarnation, address, metadata };
}

/** Begins a new life, after the one that was doubted, and tells everybody. */
function refute(state: SwimState, doubted: number): void {
  state.self.incarnation = Math.max(state.self.incarnation, doubted) + 1;
  state.queue.push(aliveUpdate(state.self));
}

function answerForSelf(state: SwimState, out: Outbox, update: Update): void {
  const { self } = state;
  if (state.leaving) return;
  if (update.incarnation < self.incarnation) {
    // Somebody has not heard of this life yet, or could not take it while an earlier one was held alive elsewhere.
    if (!state.queue.has(self.id)) state.queue.push(aliveUpdate(self));
    return;
  }
  if (update.type !== 'alive') {
    // Being doubted is a sign that this member's own network or processor is slow (Lifeguard paper, section IV-A).
    if (update.type !== 'left') adjustHealth(state, 1);
    refute(state, update.incarnation);
  } else if (!sameAddress(update.address, self.address)) {
    out.push({ type: 'conflict', id: self.id, known: self.address, claimed: update.address });
  } else if (update.incarnation > self.incarnation || !sameBytes(update.metadata, self.metadata)) {
    // From an earlier life, before a restart.
    refute(state, update.incarnation);
  }
}

function applyAlive(state: SwimState, out: Outbox, update: Alive, now: number): void {
  const record = state.members.get(update.id);
  if (record === undefined) {
    addMember(state, out, update, now);
    return;
  }
  if (update.incarnation <= record.incarnation) return;
  if (isLive(record) && !sameAddress(record.address, update.address)) {
    out.push({ type: 'conflict', id: record.id, known: record.address, claimed: update.address });
    return;
  }
  const before = record.liveness;
  const isNewData = !sameBytes(record.metadata, update.metadata);
  record.incarnation = update.incarnation;
  record.address = update.address;
  record.metadata = update.metadata;
  const suspicion = state.suspicions.get(record.id);
  const isInDoubt = suspicion !== undefined && suspicion.incarnation >= update.incarnation;
  if (!isInDoubt) {
    state.suspicions.delete(record.id);
    setLiveness(state, record, 'alive', now);
    state.queue.push(update);
  }
  if (before === 'dead' || before === 'left') out.changed('joined', record);
  else if (before === 'suspect' && !isInDoubt) out.changed('alive', record);
  else if (isNewData) out.changed('updated', record);
  if (before === 'dead' && now >= state.nextHealAt) {
    // Back from the dead may mean that a partition has healed: what both sides hold dead is then refuted at once.
    state.nextHealAt = now + state.config.reconnectIntervalMs;
    out.push({ type: 'sync', to: record.address, unless: null });
  }
}

function addMember(state: SwimState, out: Outbox, update: Alive, now: number): void {
  const { id, incarnation, address, metadata } = update;
  const record: MemberRecord = {
    id,
    idHash: hashOfId(id),
    incarnation,
    address,
    metadata,
    liveness: 'alive',
    changedAt: now,
  };
  state.members.set(id, record);
  state.liveCount += 1;
  // At a random place, or the newest members of a growing cluster would all be probed last (SWIM paper, section 4.3).
  const place = state.random.below(state.probeOrder.length + 1);
  const displaced = state.probeOrder[place];
  state.probeOrder[place] = id;
  if (displaced !== undefined) state.probeOrder.push(displaced);
  state.queue.push(update);
  out.changed('joined', record);
}

/** Also used when this member itself found that a probe failed. */
export function applySuspect(state: SwimState, out: Outbox, update: Accusing, now: number): void {
  const record = state.members.get(update.id);
  if (record === undefined || update.incarnation < record.incarnation) return;
  const suspicion = state.suspicions.get(record.id);
  if (suspicion !== undefined) {
    if (suspicion.confirm(update.from)) state.queue.push(update);
    return;
  }
  if (record.liveness !== 'alive') return;
  state.suspicions.set(record.id, new Suspicion(state.config, clusterSize(state), update, now));
  setLiveness(state, record, 'suspect', now);
  state.queue.push(update);
  out.changed('suspected', record);
}

function applyGone(state: SwimState, out: Outbox, update: Accusing | Left, now: number): void {
  const record = state.members.get(update.id);
  if (record === undefined || update.incarnation < record.incarnation) return;
  const liveness = update.type === 'left' ? 'left' : 'dead';
  // Who is known to have left did not die; who was held dead may turn out to have left.
  if (record.liveness === 'left' || record.liveness === liveness) return;
  record.incarnation = update.incarnation;
  state.suspicions.delete(record.id);
  setLiveness(state, record, liveness, now);
  state.queue.push(update);
  out.changed(liveness, record);
}

function setLiveness(
  state: SwimState,
  record: MemberRecord,
  liveness: MemberRecord['liveness'],
  now: number,
): void {
  const wasLive = isLive(record);
  if (record.liveness !== liveness) record.changedAt = now;
  record.liveness = liveness;
  if (isLive(record) === wasLive) return;
  state.liveCount += wasLive ? -1 : 1;
  if (wasLive) state.gone.set(record.id, record);
  else state.gone.delete(record.id);
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a === b || (a.length === b.length && a.every((byte, index) => byte === b[index]));
}
