/** What a flight brought home. */
export interface Outcome<T> {
  readonly value: T;
  /** True when the value was current at a moment after the flight was sealed. */
  readonly confirmed: boolean;
}

/**
 * Loads a value. It must call `seal` before it begins to find out whether the value is still current; whoever
 * asks after that cannot share the answer.
 */
export type Fly<T> = (seal: () => void) => Promise<Outcome<T>>;

interface Flight<T> {
  readonly outcome: Promise<Outcome<T>>;
  /** `boarding`: has looked at nothing yet. `under-way`: has, but will confirm it. `sealed`: too late to join. */
  state: 'boarding' | 'under-way' | 'sealed';
}

/**
 * One load for each key at a time, without serving anyone a value older than his question.
 *
 * Plain single-flight hands a late joiner what was read before he asked, perhaps before an invalidation that he
 * knows of. Here who joins under way takes the value only when it is confirmed afterwards (the fill found its
 * lease intact, so nothing was invalidated meanwhile); otherwise all late joiners share one more flight, which
 * begins after they asked. So a caller waits for two flights at most.
 */
export class Flights<T> {
  readonly #flights = new Map<string, Flight<T>>();

  async join(key: string, fly: Fly<T>): Promise<T> {
    for (;;) {
      const flight = this.#flights.get(key);
      if (flight === undefined) return (await this.#start(key, fly).outcome).value;
      const joined = flight.state;
      const { value, confirmed } = await flight.outcome;
      if (joined === 'boarding' || (joined === 'under-way' && confirmed)) return value;
    }
  }

  #start(key: string, fly: Fly<T>): Flight<T> {
    const takeOff = async (): Promise<Outcome<T>> => {
      // Everyone whom the same event woke gets aboard before the flight looks at anything.
      await Promise.resolve();
      flight.state = 'under-way';
      try {
        return await fly(() => {
          flight.state = 'sealed';
        });
      } finally {
        this.#flights.delete(key);
      }
    };
    const flight: Flight<T> = { outcome: takeOff(), state: 'boarding' };
    this.#flights.set(key, flight);
    return flight;
  }
}
