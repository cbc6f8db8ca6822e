import { HIGHEST, Round } from './round.ts';
import type { Seat, Table } from './table.ts';

const HELP = `say: hello <name> <device id> | guess <1-${HIGHEST}> | top | bye`;

/** What one client says and is told, line by line. Knows nothing of sockets. */
export class Conversation {
  readonly #table: Table;
  readonly #random: () => number;
  #seat: Seat | undefined;
  #round: Round;

  constructor(table: Table, random: () => number) {
    this.#table = table;
    this.#random = random;
    this.#round = this.#newRound();
  }

  /** @returns the answer to a line, or undefined when the client says good-bye. */
  async hear(line: string): Promise<string | undefined> {
    const [command, ...words] = line.trim().split(/\s+/);
    switch (command) {
      case 'hello':
        return this.#hello(words);
      case 'guess':
        return this.#guess(Number(words[0]));
      case 'top':
        return (await this.#table.top()).join('; ') || 'nobody has played yet';
      case 'bye':
        return undefined;
      default:
        return HELP;
    }
  }

  async #hello([name, deviceId]: readonly string[]): Promise<string> {
    if (name === undefined || deviceId === undefined) return HELP;
    this.#seat = await this.#table.sit(name, deviceId);
    return `welcome ${name}, I think of a number from 1 to ${HIGHEST}`;
  }

  async #guess(number: number): Promise<string> {
    if (this.#seat === undefined) return 'who are you? say hello first';
    if (!(Number.isInteger(number) && number >= 1 && number <= HIGHEST))
      return `a whole number from 1 to ${HIGHEST}, please`;
    const outcome = this.#round.guess(number);
    if (outcome !== 'found') return outcome;
    const { score, tries } = this.#round;
    this.#round = this.#newRound();
    const rank = await this.#seat.score(score);
    return `found in ${tries}: ${score} points, you are number ${rank}`;
  }

  #newRound(): Round {
    return new Round(1 + Math.floor(this.#random() * HIGHEST));
  }
}
