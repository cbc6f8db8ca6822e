import type { Database, DialectName, Session, Transaction } from '@hanok/repository';
import { MAX_LEVEL } from '../domain/limits.ts';
import { players } from '../storage/entities.ts';
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

/** How many a reward reaches, and the first of them. */
export interface Survey {
  readonly players: number;
  readonly sample: readonly number[];
}

/** Players looked at in one statement on SQLite, where nothing else has its turn meanwhile. */
const SPAN_IDS = 20_000;
/** Players that the one transaction of a small reward looks at, at most. */
const MAX_LOOKED_AT = 100_000;
const SURVEY_DEADLINE_MS = 120_000;

/** Counts whom a reward would reach now, all on one snapshot and without holding anybody up. */
export function surveyReached(database: Database, reach: Reach, sampleSize: number): Promise<Survey> {
  return database.transaction(
    async (tx) => {
      const last = await lastPlayerId(tx);
      const spanIds = tx.dialect === 'postgres' ? Math.max(1, last) : SPAN_IDS;
      const sample: number[] = [];
      let counted = 0;
      for (let after = 0; after < last; after += spanIds) {
        const inSpan = spanSql(tx.dialect, reach, { after, upTo: after + spanIds });
        const { rows } = await runSql<{ count: number }>(
          tx,
          sqlPart`SELECT COUNT(*) AS count FROM players p WHERE ${inSpan}`,
        );
        const found = rows[0]?.count ?? 0;
        counted += found;
        const wanted = sampleSize - sample.length;
        if (found === 0 || wanted === 0) continue;
        sample.push(
          ...(await idsOf(
            tx,
            sqlPart`SELECT p.id FROM players p WHERE ${inSpan} ORDER BY p.id LIMIT ${wanted}`,
          )),
        );
      }
      return { players: counted, sample };
    },
    { readOnly: true, isolation: 'repeatable-read', deadlineMs: SURVEY_DEADLINE_MS },
  );
}

/** The highest id given out so far, or 0. */
export async function lastPlayerId(session: Session): Promise<number> {
  const last = await session.repository(players).findOne({}, [['id', 'desc']]);
  return last?.id ?? 0;
}

/**
 * Whether a reward reaches no more than `atMost` players, and one transaction can find them in a moment: by an index,
 * or because there are few players at all. SQLite serves nobody else meanwhile.
 */
export async function isQuicklyJudged(
  tx: Transaction,
  reach: Reach,
  upTo: number,
  atMost: number,
): Promise<boolean> {
  if (!isIndexed(reach) && upTo > MAX_LOOKED_AT) return false;
  const { rows } = await runSql<{ count: number }>(
    tx,
    sqlPart`SELECT COUNT(*) AS count FROM (
      SELECT 1 FROM players p WHERE ${reachSql(tx.dialect, reach)} LIMIT ${atMost + 1}) AS reached`,
  );
  return (rows[0]?.count ?? 0) <= atMost;
}

/** Levels and named players have an index; for any other condition all players are looked at. */
function isIndexed({ conditions }: Reach): boolean {
  return conditions.length === 0 || conditions.some(({ playerIds }) => playerIds !== undefined);
}

/**
 * Judges the players of a span by what they are now, and keeps those whom the reward reaches as they are until
 * the transaction ends. They are locked in the order of ids, like transfers, so that the two cannot lock each
 * other out.
 *
 * @returns their ids in order; when there are `limit` of them, players after the last one were not judged.
 */
export function judge(tx: Transaction, reach: Reach, span: Span, limit: number): Promise<number[]> {
  return idsOf(
    tx,
    sqlPart`SELECT p.id FROM players p WHERE ${spanSql(tx.dialect, reach, span)}
    ORDER BY p.id LIMIT ${limit} ${lockOf(tx)}`,
  );
}

/** The same for all players up to an id, of whom `isQuicklyJudged` has said that they are. `+` keeps SQLite from finding them by id. */
export function judgeAll(tx: Transaction, reach: Reach, upTo: number, limit: number): Promise<number[]> {
  return idsOf(
    tx,
    sqlPart`SELECT p.id FROM players p WHERE +p.id <= ${upTo} AND ${reachSql(tx.dialect, reach)}
    ORDER BY p.id LIMIT ${limit} ${lockOf(tx)}`,
  );
}

function lockOf({ dialect }: Transaction): SqlPart {
  return dialect === 'postgres' ? sqlPart`FOR UPDATE OF p` : sqlPart``;
}

function spanSql(dialect: DialectName, reach: Reach, { after, upTo }: Span): SqlPart {
  return sqlPart`p.id > ${after} AND p.id <= ${upTo} AND ${reachSql(dialect, reach)}`;
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
