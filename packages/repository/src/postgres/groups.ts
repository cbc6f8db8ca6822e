import { Busy } from '../errors.ts';

/** Members of a group. */
const MAX_MEMBERS = 500;
/** Groups of one shape that are under way. */
const MAX_UNDER_WAY = 2;
/** Members of one shape that wait; more are refused. */
const MAX_WAITING = 20_000;

export interface Member {
  readonly reject: (error: unknown) => void;
}

/** What waits for its group, and how many groups have not ended. */
interface Gathering<M> {
  waiting: M[];
  underWay: number;
  isPlanned: boolean;
}

/**
 * Makes groups of what has the same shape: of all that comes in one turn of the event loop, and, while a few groups are
 * under way, of all that comes until one of them ends. So groups grow with the load. Without the limit a server that is
 * busy answers small groups one by one, their callers come back one by one, and the next groups are as small.
 */
export class Groups<Shape, M extends Member> {
  readonly #send: (shape: Shape, members: readonly M[]) => Promise<void>;
  readonly #gatherings = new Map<Shape, Gathering<M>>();

  /** @param send must not reject, and must not take long: others wait for it */
  constructor(send: (shape: Shape, members: readonly M[]) => Promise<void>) {
    this.#send = send;
  }

  add(shape: Shape, member: M): void {
    const gathering = this.#gatherings.get(shape) ?? { waiting: [], underWay: 0, isPlanned: false };
    this.#gatherings.set(shape, gathering);
    if (gathering.waiting.length >= MAX_WAITING) {
      member.reject(new Busy(`${MAX_WAITING} statements of one kind wait already`));
      return;
    }
    gathering.waiting.push(member);
    if (gathering.isPlanned || gathering.underWay >= MAX_UNDER_WAY) return;
    gathering.isPlanned = true;
    setImmediate(() => {
      gathering.isPlanned = false;
      this.#sendWaiting(shape, gathering);
    });
  }

  #sendWaiting(shape: Shape, gathering: Gathering<M>): void {
    while (gathering.waiting.length > 0 && gathering.underWay < MAX_UNDER_WAY) {
      const members = gathering.waiting.splice(0, MAX_MEMBERS);
      gathering.underWay += 1;
      void this.#send(shape, members).finally(() => {
        gathering.underWay -= 1;
        if (!gathering.isPlanned) this.#sendWaiting(shape, gathering);
      });
    }
    if (gathering.waiting.length === 0 && gathering.underWay === 0) this.#gatherings.delete(shape);
  }
}
