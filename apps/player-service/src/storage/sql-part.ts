import type { Session, SqlResult, SqlValue } from '@hanok/repository';

/** A piece of an SQL statement: texts, and the values that are bound between them. */
export class SqlPart {
  readonly texts: readonly string[];
  readonly values: readonly SqlValue[];

  constructor(texts: readonly string[], values: readonly SqlValue[]) {
    this.texts = texts;
    this.values = values;
  }
}

/** A piece of SQL out of this program's own text. Pieces in it become part of it; all else becomes a bound parameter. */
export function sqlPart(texts: TemplateStringsArray, ...holes: readonly (SqlValue | SqlPart)[]): SqlPart {
  const joined = [texts[0] ?? ''];
  const values: SqlValue[] = [];
  const append = (text: string): void => {
    joined.push(`${joined.pop() ?? ''}${text}`);
  };
  for (const [index, hole] of holes.entries()) {
    const after = texts[index + 1] ?? '';
    if (hole instanceof SqlPart) {
      const [first = '', ...others] = hole.texts;
      append(first);
      joined.push(...others);
      values.push(...hole.values);
      append(after);
    } else {
      values.push(hole);
      joined.push(after);
    }
  }
  return new SqlPart(joined, values);
}

/** All of these conditions; TRUE when there is none. */
export function allOf(conditions: readonly SqlPart[]): SqlPart {
  return conditions.reduce((all, condition) => sqlPart`${all} AND ${condition}`, sqlPart`TRUE`);
}

/** Statements are prepared once for each template object. There are as many as the code can compose, which is few. */
const templates = new Map<string, TemplateStringsArray>();

/** Runs a composed statement. `R` is the caller's word about the columns; it is not checked. */
export function runSql<R = Record<string, unknown>>(
  session: Session,
  { texts, values }: SqlPart,
): Promise<SqlResult<R>> {
  const text = texts.join('?');
  const template = templates.get(text) ?? Object.assign([...texts], { raw: texts });
  templates.set(text, template);
  return session.sql<R>(template, ...values);
}
