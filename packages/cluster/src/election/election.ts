/** Who leads, as one node sees it. */
export interface LeaderView {
  readonly leaderId: string | null;
  /** Rises with every election. */
  readonly term: number;
}

/** Leadership held by this node. It is over for good once it is over: campaign again for another. */
export interface Leadership {
  /**
   * The fencing token: higher than that of every leadership before. Send it with every write to a shared resource,
   * and have the resource refuse a token lower than the highest it has seen (Kleppmann, "How to do distributed
   * locking", 2016): this holds off even a leader that was paused between checking and writing.
   */
  readonly token: number;
  /** Aborts when the leadership is over, at the latest when its lease runs out. */
  readonly signal: AbortSignal;
  /** Whether it holds right now: no other node can lead at this moment. Ask just before each act, not once. */
  isValid(): boolean;
  /**
   * Milliseconds it still holds if nothing renews it; 0 when it is over. It mostly is renewed, so this is no hint of when
   * it ends, but says whether there is time for an act that takes a while.
   */
  remainingMs(): number;
  /** @throws CoordinationError `not-leader` when it is over. */
  assertValid(): void;
}

/** Election of one leader among the coordinators. */
export interface Election {
  view(): LeaderView;
  /**
   * Resolves once this node leads. The chapter's "start election".
   *
   * @throws the signal's reason when it aborts first.
   */
  campaign(signal?: AbortSignal): Promise<Leadership>;
  /** Calls back at once and after each change. @returns what ends it. */
  observe(listener: (view: LeaderView) => void): () => void;
  /**
   * Hands leadership to another node, when this one holds it. Resolves when it no longer leads, or when nobody took
   * over in time; a single coordinator stays leader.
   */
  resign(): Promise<void>;
}
