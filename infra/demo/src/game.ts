import type { HanokClient, NewSession } from '@hanok/client';
import { Books } from './books.ts';
import type { GamePlan, PlayerPlan } from './game-plan.ts';
import { startProgress, type ProgressStream } from './progress.ts';
import type { Recorder } from './recorder.ts';
import { forEachConcurrently } from './workers.ts';

/** A player of the plan that is registered and logged in. */
export interface Gamer {
  readonly plan: PlayerPlan;
  readonly id: string;
  readonly username: string;
  /** As it began, with the refresh token beside it. */
  readonly session: NewSession;
  /** The API as this player sees it; refreshes its session by itself. */
  readonly self: HanokClient;
}

export interface GameSettings {
  readonly plan: GamePlan;
  /** Makes names unique, so that the demo can be run again and again on one stack. */
  readonly runName: string;
  /** The API without credentials, and with the server credential. */
  readonly anyone: HanokClient;
  readonly server: HanokClient;
  readonly concurrency: number;
  readonly recorder: Recorder;
  readonly output: ProgressStream;
  readonly monotonicMs: () => number;
  readonly pause: (delayMs: number) => Promise<void>;
}

/** One run of the game: who plays, what the stack said, and what should be so at the end. */
export class Game {
  readonly settings: GameSettings;
  readonly books: Books;
  /** By index of the plan. */
  readonly gamers: Gamer[] = [];

  constructor(settings: GameSettings) {
    this.settings = settings;
    this.books = new Books(settings.plan.players.length);
  }

  /** Name of the run's leaderboard, channel or counter. */
  nameOf(what: string): string {
    return `demo-${this.settings.runName}-${what}`;
  }

  /** Does a call and measures it. */
  call<T>(operation: string, call: () => Promise<T>): Promise<T> {
    return this.settings.recorder.measure(operation, call);
  }

  /** Does `work` for every item, several at a time, and shows how far it is. */
  async phase<T>(title: string, items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
    const { output, monotonicMs, concurrency } = this.settings;
    const progress = startProgress(output, title, items.length, monotonicMs);
    try {
      await forEachConcurrently(items, concurrency, async (item) => {
        await work(item);
        progress.step();
      });
    } finally {
      progress.end();
    }
  }
}
