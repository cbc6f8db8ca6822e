/** A player's best score, and between which moments it reached the stack. */
export interface BestScore {
  readonly score: number;
  readonly sentAtMs: number;
  readonly answeredAtMs: number;
}

/** What the game itself knows: kept beside the stack's own records and compared with them at the end. */
export class Books {
  readonly #gold: number[];
  readonly #bestScores: (BestScore | undefined)[];
  /** Rounds the counter is known to have counted. */
  roundsCounted = 0;
  /** Rounds whose answer was lost: counted or not, nobody can tell. */
  roundsInDoubt = 0;

  constructor(players: number) {
    this.#gold = Array.from({ length: players }, () => 0);
    this.#bestScores = Array.from({ length: players });
  }

  /** Gold the player should have. */
  goldOf(index: number): number {
    return this.#gold[index] ?? 0;
  }

  /** Gold all players together should have. */
  get totalGold(): number {
    return this.#gold.reduce((sum, gold) => sum + gold, 0);
  }

  book(index: number, amount: number): void {
    this.#gold[index] = this.goldOf(index) + amount;
  }

  bestScoreOf(index: number): BestScore | undefined {
    return this.#bestScores[index];
  }

  /** Only a better score counts; the same again does not make it newer. */
  noteScore(index: number, submitted: BestScore): void {
    const best = this.#bestScores[index];
    if (best === undefined || submitted.score > best.score) this.#bestScores[index] = submitted;
  }
}
