import { seededRng, type SeededRng } from './seeded-rng.ts';

/** Everything one player will do, decided before the game begins. */
export interface PlayerPlan {
  /** Position in the game; the first of all is 0. */
  readonly index: number;
  /** From 1 to 10. */
  readonly level: number;
  /** Scores of the rounds it plays, in order. */
  readonly scores: readonly number[];
  /** What it buys in the shop, in order; a price above its balance is refused. */
  readonly prices: readonly number[];
  /** Gold it gives to another player, or nothing. */
  readonly gift: { readonly toIndex: number; readonly amount: number } | undefined;
}

/** One line of chat; lines of a channel are said one after the other. */
export interface ChatLine {
  readonly speakerIndex: number;
  readonly text: string;
}

export interface GamePlan {
  readonly players: readonly PlayerPlan[];
  /** Channels by name within the run, each with its lines in order. */
  readonly channels: ReadonlyMap<string, readonly ChatLine[]>;
}

/** Gold every player of at least this level gets. */
export const BONUS = { minLevel: 5, gold: 100 } as const;

const MAX_LEVEL = 10;
const ROUNDS_PER_PLAYER = 3;
const CHANNELS = 5;
/** More than a channel keeps, so that forgetting the oldest is seen too. */
const LINES_PER_CHANNEL = 120;

const WORDS = ['안녕', 'hello', 'gg', 'well played', '한 판 더?', 'nice shot', '🎉', 'who is next?'] as const;

/** Gold a round earns. */
export function goldForScore(score: number): number {
  return Math.floor(score / 10);
}

/** Decides the whole game from a seed: the same seed and number of players give the same game. */
export function planGame(seed: string, playerCount: number): GamePlan {
  const players = Array.from({ length: playerCount }, (_, index) =>
    planPlayer(index, playerCount, seededRng(`${seed}/player/${index}`)),
  );
  const channels = Array.from({ length: CHANNELS }, (_, index) => {
    const rng = seededRng(`${seed}/channel/${index}`);
    const lines = Array.from({ length: LINES_PER_CHANNEL }, (_line, number) => ({
      speakerIndex: rng.integer(0, playerCount - 1),
      text: `${rng.pick(WORDS)} (${number})`,
    }));
    return [`room-${index}`, lines] as const;
  });
  return { players, channels: new Map(channels) };
}

function planPlayer(index: number, playerCount: number, rng: SeededRng): PlayerPlan {
  const level = rng.integer(1, MAX_LEVEL);
  return {
    index,
    level,
    // A narrow range on purpose: players with the same score are part of the test.
    scores: Array.from({ length: ROUNDS_PER_PLAYER }, () => rng.integer(0, 200) * level),
    prices: Array.from({ length: 2 }, () => rng.integer(1, 200)),
    gift:
      rng.next() < 0.2
        ? { toIndex: (index + rng.integer(1, playerCount - 1)) % playerCount, amount: rng.integer(1, 20) }
        : undefined,
  };
}
