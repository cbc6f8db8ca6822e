import { encodeMessage } from './swim-codec.ts';
import { retransmissions } from './swim-config.ts';
import { clusterSize, toMember, type MemberRecord, type SwimState } from './swim-state.ts';
import type { Address, MemberChange, SwimEffect, SwimMessage, Update } from './swim-types.ts';

const nothing: readonly Update[] = [];

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
    this.push({ type: 'send', to, packet: { message, updates: this.#newsFor(message, first) } });
  }

  #newsFor(message: SwimMessage, first: Update | null): readonly Update[] {
    const { queue, packetBytes, config } = this.#state;
    // As a rule there is none, and then nothing needs to be measured.
    if (queue.size === 0) return first === null ? nothing : [first];
    const limit = retransmissions(config, clusterSize(this.#state));
    return queue.take(packetBytes - encodeMessage(message).length, limit, first);
  }

  changed(change: MemberChange, record: MemberRecord): void {
    this.push({ type: 'changed', change, member: toMember(record) });
  }

  push(effect: SwimEffect): void {
    this.effects.push(effect);
  }
}
