/** What a flight brought home. */
export interface Outcome<T> {
  readonly value: T;
  /** True when the value is known to have been current after everyone now waiting had begun to wait. */
  readonly confirmed: boolean;
}

interface Flight<T> {
  readonly outcome: Promise<Outcome<T>>;
  /** True once the flight may have looked at the source. */
  looked: boolean;
}

/**
 * One load for each key at a time, without serving anyone a value older than his question.
 *
 * Plain single-flight hands a late joiner what was read before he asked, perhaps before an invalidation that he
 * knows of. Here a late joiner takes the value only when it is confirmed (the fill found its lease intact, so
 * nothing was invalidated meanwhile); otherwise all late joiners share one more flight, which began after they
 * asked. So a caller waits for two flights at most.
 */
export class Flights<T> {
  readonly #flights = new Map<string, Flight<T>>();

  /** Keys being loaded now. */
  get size(): number {
    return this.#flights.size;
  }

  async join(key: string, fly: () => Promise<Outcome<T>>): Promise<T> {
    for (;;) {
      const flight = this.#flights.get(key);
      if (flight === undefined) return (await this.#start(key, fly).outcome).value;
      const early = !flight.looked;
      const { value, confirmed } = await flight.outcome;
      if (early || confirmed) return value;
    }
  }

  #start(key: string, fly: () => Promise<Outcome<T>>): Flight<T> {
    const takeOff = async (): Promise<Outcome<T>> => {
      // Everyone whom the same event woke gets aboard before the flight looks at anything.
      await Promise.resolve();
      flight.looked = true;
      try {
        return await fly();
      } finally {
        this.#flights.delete(key);
      }
    };
    const flight: Flight<T> = { outcome: takeOff(), looked: false };
    this.#flights.set(key, flight);
    return flight;
  }
}
