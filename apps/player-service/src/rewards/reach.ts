import type { DialectName, Session, Transaction } from '@hanok/repository';
import { MAX_LEVEL } from '../domain/limits.ts';
import { allOf, runSql, sqlPart, type SqlPart } from '../storage/sql-part.ts';
import { conditionSql, type Condition } from './conditions.ts';

/** Whom a reward is for: living players of these levels for whom all conditions hold. */
export interface Reach {
  readonly minLevel: number;
  readonly maxLevel: number;
  readonly conditions: readonly Condition[];
}

/** Players looked at together: those with ids in (after, upTo]. */
export interface Span {
  readonly after: number;
  readonly upTo: number;
}

/** How many a reward would reach now; not more than `atMost`, after which it stops to count. */
export async function countReached(
  session: Session,
  reach: Reach,
  atMost = Number.MAX_SAFE_INTEGER,
): Promise<number> {
  const { rows } = await runSql<{ count: number }>(
    session,
    sqlPart`SELECT COUNT(*) AS count FROM (
      SELECT 1 FROM players p WHERE ${reachSql(session.dialect, reach)} LIMIT ${atMost}) AS reached`,
  );
  return rows[0]?.count ?? 0;
}

/** The first players whom a reward would reach now. */
export function sampleReached(session: Session, reach: Reach, limit: number): Promise<number[]> {
  return idsOf(
    session,
    sqlPart`SELECT p.id FROM players p
    WHERE ${reachSql(session.dialect, reach)} ORDER BY p.id LIMIT ${limit}`,
  );
}

/**
 * Judges the players of a span by what they are now, and keeps those whom the reward reaches as they are until
 * the transaction ends. They are locked in the order of ids, like transfers, so that the two cannot lock each
 * other out.
 *
 * @returns their ids in order; when there are `limit` of them, players after the last one were not judged.
 */
export function judge(
  tx: Transaction,
  reach: Reach,
  { after, upTo }: Span,
  limit: number,
): Promise<number[]> {
  const lock = tx.dialect === 'postgres' ? sqlPart`FOR UPDATE OF p` : sqlPart``;
  return idsOf(
    tx,
    sqlPart`SELECT p.id FROM players p
    WHERE p.id > ${after} AND p.id <= ${upTo} AND ${reachSql(tx.dialect, reach)}
    ORDER BY p.id LIMIT ${limit} ${lock}`,
  );
}

function reachSql(dialect: DialectName, { minLevel, maxLevel, conditions }: Reach): SqlPart {
  const isEveryLevel = minLevel === 1 && maxLevel === MAX_LEVEL;
  return allOf([
    sqlPart`p.deleted_at IS NULL`,
    ...(isEveryLevel ? [] : [sqlPart`p.level BETWEEN ${minLevel} AND ${maxLevel}`]),
    ...conditions.map((condition) => conditionSql(dialect, condition)),
  ]);
}

async function idsOf(session: Session, query: SqlPart): Promise<number[]> {
  const { rows } = await runSql<{ id: number }>(session, query);
  return rows.map(({ id }) => id);
}
