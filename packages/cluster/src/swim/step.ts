import { join, mergeState, tickForget, tickReconnect, tickSync } from './healing.ts';
import { Outbox } from './outbox.ts';
import { receiveAck, receiveNack, receivePing, receivePingRequest, tickProbes } from './probing.ts';
import { adjustHealth, isLive, type SwimState } from './swim-state.ts';
import {
  maxMetadataBytes,
  type Address,
  type Packet,
  type SwimEffect,
  type SwimEvent,
} from './swim-types.ts';
import { aliveUpdate, applyUpdate } from './updates.ts';

/**
 * Membership as a function: SWIM (Das, Gupta and Motivala, "SWIM: Scalable Weakly-consistent Infection-style Process
 * Group Membership Protocol", DSN 2002) with Lifeguard (Dadgar, Phillips and Currey, "Lifeguard: Local Health
 * Awareness for More Accurate Failure Detection", DSN-W 2018). Takes what happened, advances `state`, and says what
 * must be done about it. It reads no clock, socket or random source, so a run is replayed exactly from its events.
 *
 * The caller owes it events in the order they happened, and a `tick` no later than `nextWakeAt`.
 */
export function step(state: SwimState, event: SwimEvent): readonly SwimEffect[] {
  if (state.departed) return [];
  const out = new Outbox(state);
  absorbStall(state, event.now);
  switch (event.type) {
    case 'tick':
      tick(state, out, event.now);
      break;
    case 'receive':
      receive(state, out, event.packet, event.from, event.now);
      break;
    case 'stream-acked':
      receiveAck(state, out, event.seq);
      break;
    case 'synced':
      mergeState(state, out, event.members, event.now);
      break;
    case 'join':
      join(state, out, event.seeds);
      break;
    case 'set-metadata':
      setMetadata(state, event.metadata);
      break;
    case 'leave':
      leave(state);
      break;
  }
  // News that came after a quiet time is told at once, and is not taken for news that is late.
  state.nextGossipAt = Math.max(state.nextGossipAt, event.now);
  if (state.leaving && (state.liveCount === 0 || !state.queue.has(state.self.id))) {
    state.departed = true;
    out.push({ type: 'departed' });
  }
  return out.effects;
}

/** When the next `tick` is due; never (infinity) once the member has departed. */
export function nextWakeAt(state: SwimState): number {
  if (state.departed) return Infinity;
  let at = Math.min(state.nextProbeAt, state.nextSyncAt, state.nextReconnectAt, state.nextForgetAt);
  if (state.queue.size > 0) at = Math.min(at, state.nextGossipAt);
  if (state.probe !== null) at = Math.min(at, state.probe.indirectAt ?? state.probe.endsAt);
  for (const relay of state.relays.values()) at = Math.min(at, relay.nackAt ?? relay.endsAt);
  for (const suspicion of state.suspicions.values()) at = Math.min(at, suspicion.deadline);
  return at;
}

/**
 * After a pause of this process (a debugger, a stopped virtual machine, a busy processor) every deadline is past,
 * though the answers may be waiting in the socket: the pause is added to the deadlines, so that nobody is held dead
 * for this member's own absence.
 */
function absorbStall(state: SwimState, now: number): void {
  const { lifeguard, probeTimeoutMs } = state.config;
  const lateMs = now - nextWakeAt(state);
  if (!lifeguard || lateMs <= probeTimeoutMs) return;
  adjustHealth(state, 1);
  for (const suspicion of state.suspicions.values()) suspicion.extend(lateMs);
  if (state.probe !== null) {
    const { indirectAt, endsAt } = state.probe;
    state.probe = {
      ...state.probe,
      indirectAt: indirectAt === null ? null : indirectAt + lateMs,
      endsAt: endsAt + lateMs,
    };
    state.nextProbeAt = Math.max(state.nextProbeAt, state.probe.endsAt);
  }
  state.relays.clear();
}

function tick(state: SwimState, out: Outbox, now: number): void {
  expireSuspicions(state, out, now);
  tickProbes(state, out, now);
  if (!state.leaving) {
    tickSync(state, out, now);
    tickReconnect(state, out, now);
  } else {
    // What is not done while leaving must not keep waking the caller.
    state.nextProbeAt = Math.max(state.nextProbeAt, now + state.config.probeIntervalMs);
    state.nextSyncAt = Math.max(state.nextSyncAt, now + state.config.syncIntervalMs);
    state.nextReconnectAt = Math.max(state.nextReconnectAt, now + state.config.reconnectIntervalMs);
  }
  tickForget(state, out, now);
  gossip(state, out, now);
}

function receive(state: SwimState, out: Outbox, packet: Packet, from: Address, now: number): void {
  // The news first: an answer can then carry what follows from it.
  for (const update of packet.updates) applyUpdate(state, out, update, now);
  const { message } = packet;
  if (message.type === 'ping') receivePing(state, out, message, from);
  else if (message.type === 'ack') receiveAck(state, out, message.seq);
  else if (message.type === 'nack') receiveNack(state, message.seq);
  else if (message.type === 'ping-request') receivePingRequest(state, out, message, from, now);
}

function expireSuspicions(state: SwimState, out: Outbox, now: number): void {
  for (const [id, suspicion] of state.suspicions) {
    if (now < suspicion.deadline) continue;
    const incarnation = Math.max(suspicion.incarnation, state.members.get(id)?.incarnation ?? 0);
    applyUpdate(state, out, { type: 'dead', id, incarnation, from: state.self.id }, now);
  }
}

/** Tells news to a few random members, between the probes that carry it too. */
function gossip(state: SwimState, out: Outbox, now: number): void {
  if (state.queue.size === 0 || now < state.nextGossipAt) return;
  const { config, members, random, probeOrder } = state;
  state.nextGossipAt = now + config.gossipIntervalMs;
  const receivers = random.pick(probeOrder, config.gossipFanout, (id) => {
    const record = members.get(id);
    if (record === undefined || record.liveness === 'left') return false;
    return isLive(record) || now - record.changedAt <= config.gossipToDeadMs;
  });
  for (const id of receivers) {
    const record = members.get(id);
    if (record !== undefined && state.queue.size > 0) out.send(record.address, { type: 'gossip' });
  }
}

function setMetadata(state: SwimState, metadata: Uint8Array): void {
  if (metadata.length > maxMetadataBytes)
    throw new RangeError(`metadata: must be at most ${maxMetadataBytes} bytes`);
  state.self.metadata = metadata;
  state.self.incarnation += 1;
  state.queue.push(aliveUpdate(state.self));
}

function leave(state: SwimState): void {
  if (state.leaving) return;
  state.leaving = true;
  state.probe = null;
  state.self.liveness = 'left';
  state.queue.push({ type: 'left', id: state.self.id, incarnation: state.self.incarnation });
}
