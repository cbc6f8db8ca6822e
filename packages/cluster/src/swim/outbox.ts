import { encodeMessage } from './swim-codec.ts';
import { retransmissions } from './swim-config.ts';
import { clusterSize, toMember, type MemberRecord, type SwimState } from './swim-state.ts';
import type { Address, MemberChange, SwimEffect, SwimMessage, Update } from './swim-types.ts';

/** Collects the effects of one step. */
export class Outbox {
  readonly effects: SwimEffect[] = [];
  readonly #state: SwimState;

  constructor(state: SwimState) {
    this.#state = state;
  }

  /**
   * Sends a message with as much news as fits.
   * @param first what the receiver must hear about itself, before all other news.
   */
  send(to: Address, message: SwimMessage, first: Update | null = null): void {
    const { queue, packetBytes } = this.#state;
    const limit = retransmissions(this.#state.config, clusterSize(this.#state));
    const updates = queue.take(packetBytes - encodeMessage(message).length, limit, first);
    this.push({ type: 'send', to, packet: { message, updates } });
  }

  changed(change: MemberChange, record: MemberRecord): void {
    this.push({ type: 'changed', change, member: toMember(record) });
  }

  push(effect: SwimEffect): void {
    this.effects.push(effect);
  }
}
