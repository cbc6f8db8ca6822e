import type { Outbox } from './outbox.ts';
import { adjustHealth, isLive, nextSeq, type MemberRecord, type SwimState } from './swim-state.ts';
import type { Address, SwimMessage, Update } from './swim-types.ts';
import { applySuspect } from './updates.ts';

type Ping = Extract<SwimMessage, { type: 'ping' }>;
type PingRequest = Extract<SwimMessage, { type: 'ping-request' }>;

/** More probes for others at one time are not taken on. */
const maxRelays = 256;

/** An asked member says that it got no answer either, this part of a probe timeout after it asked. */
const nackAfter = 0.8;

/** Goes on with the probe under way, and starts the next when it is time. */
export function tickProbes(state: SwimState, out: Outbox, now: number): void {
  const { probe } = state;
  if (probe !== null && probe.indirectAt !== null && now >= probe.indirectAt) askOthers(state, out);
  if (probe !== null && now >= probe.endsAt) failProbe(state, out, now);
  tickRelays(state, out, now);
  if (now >= state.nextProbeAt && !state.leaving) startProbe(state, out, now);
}

/** An answer to a probe, this member's own or one made for another. */
export function receiveAck(state: SwimState, out: Outbox, seq: number): void {
  if (state.probe?.seq === seq) {
    state.probe = null;
    adjustHealth(state, -1);
    return;
  }
  const relay = state.relays.get(seq);
  if (relay === undefined) return;
  state.relays.delete(seq);
  out.send(relay.origin, { type: 'ack', seq: relay.originSeq });
}

export function receiveNack(state: SwimState, seq: number): void {
  if (state.probe?.seq === seq)
    state.probe.nacks = Math.min(state.probe.nacks + 1, state.probe.expectedNacks);
}

export function receivePing(state: SwimState, out: Outbox, ping: Ping, from: Address): void {
  // Meant for a process that had this address before.
  if (ping.target !== state.self.id) return;
  const sender = state.members.get(ping.from);
  out.send(from, { type: 'ack', seq: ping.seq }, sender === undefined ? null : doubtOf(state, sender));
}

export function receivePingRequest(
  state: SwimState,
  out: Outbox,
  request: PingRequest,
  from: Address,
  now: number,
): void {
  if (state.relays.size >= maxRelays) return;
  const { probeTimeoutMs, probeIntervalMs } = state.config;
  const seq = nextSeq(state);
  const nackAt = now + probeTimeoutMs * nackAfter;
  state.relays.set(seq, { origin: from, originSeq: request.seq, nackAt, endsAt: now + probeIntervalMs });
  const target = state.members.get(request.target);
  const doubt = target === undefined ? null : doubtOf(state, target);
  out.send(request.address, { type: 'ping', seq, target: request.target, from: state.self.id }, doubt);
}

/**
 * What a member must hear about itself so that it can refute it: the Lifeguard paper's "buddy system" (section IV-C),
 * here for dead members too.
 */
export function doubtOf(state: SwimState, { id, incarnation, liveness }: MemberRecord): Update | null {
  if (liveness === 'alive' || !state.config.lifeguard) return null;
  if (liveness === 'left') return { type: 'left', id, incarnation };
  return { type: liveness, id, incarnation, from: state.self.id };
}

function startProbe(state: SwimState, out: Outbox, now: number): void {
  // A member whose own health is doubtful gives others more time (Lifeguard paper, section IV-A, "LHA-Probe").
  const scale = state.health + 1;
  const endsAt = now + state.config.probeIntervalMs * scale;
  state.nextProbeAt = endsAt;
  const target = nextTarget(state);
  if (target === null) return;
  const seq = nextSeq(state);
  const indirectAt = now + state.config.probeTimeoutMs * scale;
  state.probe = { seq, target: target.id, indirectAt, endsAt, expectedNacks: 0, nacks: 0 };
  out.send(
    target.address,
    { type: 'ping', seq, target: target.id, from: state.self.id },
    doubtOf(state, target),
  );
}

/** Each live member once a round, in an order that changes from round to round (SWIM paper, section 4.3). */
function nextTarget(state: SwimState): MemberRecord | null {
  for (let looked = 0; looked < state.probeOrder.length; looked += 1) {
    if (state.probeIndex >= state.probeOrder.length) {
      state.random.shuffle(state.probeOrder);
      state.probeIndex = 0;
    }
    const record = state.members.get(state.probeOrder[state.probeIndex] ?? '');
    state.probeIndex += 1;
    if (record !== undefined && isLive(record)) return record;
  }
  return null;
}

function askOthers(state: SwimState, out: Outbox): void {
  const { probe } = state;
  const target = probe === null ? undefined : state.members.get(probe.target);
  if (probe === null || target === undefined) return;
  probe.indirectAt = null;
  const { seq } = probe;
  const helpers = state.random.pick(state.probeOrder, state.config.indirectProbes, (id) => {
    return id !== target.id && state.members.get(id)?.liveness === 'alive';
  });
  for (const id of helpers) {
    const helper = state.members.get(id);
    if (helper === undefined) continue;
    probe.expectedNacks += 1;
    const { address } = target;
    out.send(helper.address, { type: 'ping-request', seq, target: target.id, address, from: state.self.id });
  }
  out.push({ type: 'stream-probe', to: target.address, target: target.id, seq });
}

function failProbe(state: SwimState, out: Outbox, now: number): void {
  const { probe } = state;
  state.probe = null;
  const target = probe === null ? undefined : state.members.get(probe.target);
  if (probe === null || target === undefined) return;
  // Helpers that do not even say "no answer" hint at a fault on this side.
  adjustHealth(state, probe.expectedNacks > 0 ? probe.expectedNacks - probe.nacks : 1);
  const { id, incarnation } = target;
  applySuspect(state, out, { type: 'suspect', id, incarnation, from: state.self.id }, now);
}

function tickRelays(state: SwimState, out: Outbox, now: number): void {
  for (const [seq, relay] of state.relays) {
    if (relay.nackAt !== null && now >= relay.nackAt) {
      state.relays.set(seq, { ...relay, nackAt: null });
      out.send(relay.origin, { type: 'nack', seq: relay.originSeq });
    }
    if (now >= relay.endsAt) state.relays.delete(seq);
  }
}
