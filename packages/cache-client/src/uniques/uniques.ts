import { systemClock, type Clock } from '@hanok/service-kit';
import { checkInteger, checkLength, checkName, taggedKey } from '../names.ts';
import type { CacheStore } from '../store/cache-store.ts';
import { addUniques, countUniques } from './unique-operations.ts';

const dayMs = 86_400_000;
const keptDays = 31;

/** Most members in one call. */
export const maxUniqueMembers = 1_000;
/** Longest member, in characters. */
export const maxMemberLength = 256;

/**
 * How many different members were seen, such as players a day or a month, in some 12 KiB for each name and day
 * whatever the number. Estimates, with a standard error of 0.81%; close to exact for small counts.
 */
export class Uniques {
  readonly #store: CacheStore;
  readonly #clock: Clock;

  constructor(store: CacheStore, { clock = systemClock }: { readonly clock?: Clock } = {}) {
    this.#store = store;
    this.#clock = clock;
  }

  /**
   * Notes that members were seen now. True when the count of today may have changed.
   *
   * @throws CacheError `invalid` for none or more than 1,000 members, or one of more than 256 characters.
   */
  async add(name: string, members: readonly string[]): Promise<boolean> {
    checkInteger('members', members.length, 1, maxUniqueMembers);
    for (const member of members) checkLength('members', member, 1, maxMemberLength);
    const keys = [allKeyOf(name), dayKeyOf(name, this.#today())] as const;
    return this.#store.run(addUniques, keys, [dayMs * keptDays, ...members]);
  }

  /** How many different members were ever seen. */
  async count(name: string): Promise<number> {
    return this.#store.run(countUniques, [allKeyOf(name)], []);
  }

  /**
   * How many different members were seen in the last days (of UTC), today included; a member seen on several
   * days counts once.
   *
   * @throws CacheError `invalid` for days other than 1 to 31.
   */
  async countDays(name: string, days: number): Promise<number> {
    checkInteger('days', days, 1, keptDays);
    const today = this.#today();
    const others = Array.from({ length: days - 1 }, (_, i) => dayKeyOf(name, today - 1 - i));
    return this.#store.run(countUniques, [dayKeyOf(name, today), ...others], []);
  }

  /** Forgets all of it, also the days. True when there was something. */
  async reset(name: string): Promise<boolean> {
    const today = this.#today();
    const days = Array.from({ length: keptDays + 1 }, (_, i) => dayKeyOf(name, today - i));
    const gone = await Promise.all([allKeyOf(name), ...days].map((key) => this.#store.delete(key)));
    return gone.includes(true);
  }

  #today(): number {
    return Math.floor(this.#clock.now() / dayMs);
  }
}

function allKeyOf(name: string): string {
  return taggedKey('unique', checkName('name', name));
}

function dayKeyOf(name: string, day: number): string {
  return taggedKey('unique', checkName('name', name), `d${day}`);
}
