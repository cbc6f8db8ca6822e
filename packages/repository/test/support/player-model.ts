import type { Row } from '../../src/index.ts';
import type { players } from './entities.ts';

export type Player = Row<typeof players>;

/** What a condition means, said without SQL. */
export interface ModelCondition {
  readonly minLevel?: number;
  readonly prefix?: string;
  readonly guild?: string | null;
  readonly otherGuild?: string;
  readonly negated: boolean;
}

/** The table as plain objects: the obvious implementation to compare with. */
export class PlayerModel {
  readonly rows = new Map<number, Player>();
  lastId = 0;

  all(): Player[] {
    return [...this.rows.values()].toSorted((a, b) => a.id - b.id);
  }

  matching(condition: ModelCondition): Player[] {
    return this.all().filter((row) => holds(condition, row) !== condition.negated);
  }

  taken(row: { id: number; username: string; email: string | null }): string[] {
    const others = this.all().filter((other) => other.id !== row.id);
    const fields: string[] = [];
    if (others.some((other) => other.username === row.username)) fields.push('username');
    if (row.email !== null && others.some((other) => other.email === row.email)) fields.push('email');
    return fields;
  }

  put(row: Player): void {
    this.rows.set(row.id, row);
    this.lastId = Math.max(this.lastId, row.id);
  }

  /** A copy to go back to. */
  snapshot(): { rows: ReadonlyMap<number, Player>; lastId: number } {
    return { rows: new Map(this.rows), lastId: this.lastId };
  }

  /** Keys of rows that never came to be may be given again. */
  restore({ rows, lastId }: ReturnType<PlayerModel['snapshot']>): void {
    this.rows.clear();
    for (const [id, row] of rows) this.rows.set(id, row);
    this.lastId = lastId;
  }
}

function holds(condition: ModelCondition, row: Player): boolean {
  const { minLevel, prefix, guild, otherGuild } = condition;
  if (minLevel !== undefined && row.level < minLevel) return false;
  if (prefix !== undefined && !row.username.startsWith(prefix)) return false;
  if (guild !== undefined && row.guild !== guild) return false;
  return otherGuild === undefined || row.guild !== otherGuild;
}
