import type { NodeId, RaftMessage } from '../src/raft/raft-types.ts';
import type { Chance } from './chance.ts';
import type { VirtualTime } from './virtual-time.ts';

/** How bad the network is. Delays in milliseconds. */
export interface NetworkWeather {
  readonly lossRate: number;
  readonly duplicateRate: number;
  readonly minDelayMs: number;
  readonly maxDelayMs: number;
  /** Now and then a message takes this long, so that it arrives in another age. */
  readonly lateRate: number;
  readonly lateMs: number;
}

export const fairWeather: NetworkWeather = {
  lossRate: 0,
  duplicateRate: 0,
  minDelayMs: 0.2,
  maxDelayMs: 2,
  lateRate: 0,
  lateMs: 0,
};

/** Delivers messages late, more than once, out of order, or not at all; cuts work in one direction. */
export class SimulatedNetwork {
  weather: NetworkWeather = fairWeather;
  readonly #time: VirtualTime;
  readonly #chance: Chance;
  readonly #deliver: (to: NodeId, message: RaftMessage) => void;
  readonly #onLost: (from: NodeId, to: NodeId) => void;
  /** How many cuts there are between two nodes, by direction. */
  readonly #cuts = new Map<string, number>();
  /** A cut also stops what is under way. */
  cutsStopFlights = true;

  constructor(
    time: VirtualTime,
    chance: Chance,
    deliver: (to: NodeId, message: RaftMessage) => void,
    onLost: (from: NodeId, to: NodeId) => void,
  ) {
    this.#time = time;
    this.#chance = chance;
    this.#deliver = deliver;
    this.#onLost = onLost;
  }

  /** @returns what mends this cut; others between the same nodes stay. */
  cut(from: NodeId, to: NodeId): () => void {
    const way = `${from}>${to}`;
    this.#cuts.set(way, (this.#cuts.get(way) ?? 0) + 1);
    let cut = true;
    return () => {
      if (cut) this.#cuts.set(way, Math.max(0, (this.#cuts.get(way) ?? 0) - 1));
      cut = false;
    };
  }

  mendAll(): void {
    this.#cuts.clear();
  }

  send(to: NodeId, message: RaftMessage): void {
    const { lossRate, duplicateRate } = this.weather;
    if (this.#chance.happens(lossRate) || (!this.cutsStopFlights && this.#isCut(message.from, to))) {
      this.#lost(to, message);
      return;
    }
    this.#sendOne(to, message);
    if (this.#chance.happens(duplicateRate)) this.#sendOne(to, message);
  }

  #sendOne(to: NodeId, message: RaftMessage): void {
    const { minDelayMs, maxDelayMs, lateRate, lateMs } = this.weather;
    const late = this.#chance.happens(lateRate) ? this.#chance.between(0, lateMs) : 0;
    this.#time.after(this.#chance.between(minDelayMs, maxDelayMs) + late, () => {
      if (this.cutsStopFlights && this.#isCut(message.from, to)) this.#lost(to, message);
      else this.#deliver(to, message);
    });
  }

  /** A connection that loses something mostly breaks, and its owner notices. */
  #lost(to: NodeId, { from }: RaftMessage): void {
    if (this.#chance.happens(0.5))
      this.#time.after(this.#chance.between(1, 200), () => this.#onLost(from, to));
  }

  #isCut(from: NodeId, to: NodeId): boolean {
    return (this.#cuts.get(`${from}>${to}`) ?? 0) > 0;
  }
}
