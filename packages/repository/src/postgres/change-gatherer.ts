import type { DriverRow, DriverValue } from '../entity/codec.ts';
import { Busy, ConnectionLost, DatabaseClosed, DeadlineExceeded } from '../errors.ts';
import type { CompiledQuery, KeyChange } from '../query/executor.ts';
import { Groups, type Member } from './groups.ts';
import { columnsOf } from './statements.ts';
import type { PostgresResult } from './values.ts';

interface Waiter extends Member {
  readonly change: KeyChange;
  readonly values: DriverValue[];
  readonly fulfil: (outcome: Changed) => void;
}

/** Whether there was a row to change, and what the statement returned of it. */
export interface Changed {
  readonly changed: boolean;
  readonly row: DriverRow | undefined;
}

type Run = (query: CompiledQuery, values: (DriverValue | DriverValue[])[]) => Promise<PostgresResult>;

/**
 * Gathers changes by key that have the same shape into one statement and one commit: a round trip and a sync of the log
 * cost far more than a row. Each keeps its own outcome: whoever the common statement passed by (row locked, gone, of
 * another version), or whom another's broken rule failed, is run by itself, and may wait for its row as long as it takes.
 */
export class ChangeGatherer {
  readonly #run: Run;
  readonly #groups = new Groups<KeyChange, Waiter>((change, members) => this.#together(change, members));

  constructor(run: Run) {
    this.#run = run;
  }

  perform(change: KeyChange, values: DriverValue[]): Promise<Changed> {
    return new Promise((fulfil, reject) => {
      this.#groups.add(change, { change, values, fulfil, reject });
    });
  }

  async #together(change: KeyChange, members: readonly Waiter[]): Promise<void> {
    const byKey = new Map<string, Waiter>();
    const again: Waiter[] = [];
    for (const member of members) {
      const key = String(member.values[change.keyIndex]);
      // A row changes once in a statement.
      if (byKey.has(key)) again.push(member);
      else byKey.set(key, member);
    }
    try {
      const values = [...byKey.values()].map((member) => member.values);
      const { rows } = await this.#run(change.many, columnsOf(values));
      for (const row of rows) {
        const key = String(row[change.property]);
        byKey.get(key)?.fulfil({ changed: true, row });
        byKey.delete(key);
      }
      this.#alone([...byKey.values(), ...again]);
    } catch (error) {
      if (isOfAll(error)) for (const member of members) member.reject(error);
      else this.#alone(members);
    }
  }

  #alone(members: readonly Waiter[]): void {
    for (const { change, values, fulfil, reject } of members) {
      this.#run(change.one, values).then(
        ({ rows, rowCount }) => fulfil({ changed: (rowCount ?? 0) > 0, row: rows[0] }),
        reject,
      );
    }
  }
}

/** Whether a failure is nobody's own: each by itself would only meet it again, or do twice what may be done. */
function isOfAll(error: unknown): boolean {
  return (
    error instanceof ConnectionLost ||
    error instanceof Busy ||
    error instanceof DatabaseClosed ||
    error instanceof DeadlineExceeded
  );
}
