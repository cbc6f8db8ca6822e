import type { DialectName } from '@hanok/repository';
import { Type, type Static } from 'typebox';
import { invalidValue } from '../domain/errors.ts';
import { MAX_SAFE_AMOUNT } from '../domain/limits.ts';
import { playerIdSchema, timestampSchema } from '../http/schemas.ts';
import { GOLD, requireCurrency, type Currencies } from '../ledger/currencies.ts';
import { currencySchema } from '../ledger/ledger-schemas.ts';
import { sqlPart, type SqlPart } from '../storage/sql-part.ts';

/** Conditions of one reward. */
const MAX_CONDITIONS = 10;
/** Players named by one condition. */
const MAX_NAMED = 1_000;

const amountSchema = Type.Integer({ minimum: -MAX_SAFE_AMOUNT, maximum: MAX_SAFE_AMOUNT, examples: [100] });

const periodSchema = (description: string) =>
  Type.Object(
    { from: Type.Optional(timestampSchema), before: Type.Optional(timestampSchema) },
    { additionalProperties: false, minProperties: 1, description },
  );

export const conditionSchema = Type.Object(
  {
    balance: Type.Optional(
      Type.Object(
        {
          currency: Type.Optional(currencySchema),
          min: Type.Optional(amountSchema),
          max: Type.Optional(amountSchema),
        },
        {
          additionalProperties: false,
          description: 'Holds from `min` to `max`, both included; no balance is 0',
        },
      ),
    ),
    createdAt: Type.Optional(periodSchema('Registered at `from` or later, and before `before`')),
    lastLoginAt: Type.Optional(
      periodSchema(
        'Last logged in at `from` or later, and before `before`; whoever never did fits only without `from`',
      ),
    ),
    playerIds: Type.Optional(
      Type.Array(playerIdSchema, { minItems: 1, maxItems: MAX_NAMED, description: 'Is one of these' }),
    ),
  },
  {
    additionalProperties: false,
    minProperties: 1,
    maxProperties: 1,
    description: 'Exactly one of its members',
    examples: [{ balance: { currency: 'gold', max: 99 } }],
  },
);
export type Condition = Static<typeof conditionSchema>;

export const conditionsSchema = Type.Array(conditionSchema, {
  maxItems: MAX_CONDITIONS,
  description: 'All of them must hold, beside the range of levels',
});

/**
 * Checks what the schema cannot say.
 *
 * @throws DomainError `invalid_value` for a range that nothing is in, and for an unknown currency.
 */
export function requireConditions(conditions: readonly Condition[], currencies: Currencies): void {
  for (const [index, { balance, createdAt, lastLoginAt }] of conditions.entries()) {
    const at = `body.conditions.${index}`;
    if (balance !== undefined) {
      requireCurrency(currencies, balance.currency ?? GOLD, `${at}.balance.currency`);
      const { min, max } = balance;
      if (min === undefined && max === undefined)
        throw invalidValue(`${at}.balance.min`, 'required', 'is required, or max');
      if (min !== undefined && max !== undefined && min > max) {
        throw invalidValue(`${at}.balance.max`, 'minimum', 'must not be below min');
      }
    }
    requirePeriod(createdAt, `${at}.createdAt`);
    requirePeriod(lastLoginAt, `${at}.lastLoginAt`);
  }
}

interface Period {
  readonly from?: string;
  readonly before?: string;
}

function requirePeriod(period: Period | undefined, at: string): void {
  if (period?.from === undefined || period.before === undefined) return;
  if (Date.parse(period.from) < Date.parse(period.before)) return;
  throw invalidValue(`${at}.before`, 'minimum', 'must be later than from');
}

/** The condition on a row of players called `p`. */
export function conditionSql(
  dialect: DialectName,
  { balance, createdAt, lastLoginAt, playerIds }: Condition,
): SqlPart {
  if (balance !== undefined) {
    const { currency = GOLD, min = -MAX_SAFE_AMOUNT, max = MAX_SAFE_AMOUNT } = balance;
    if (currency === GOLD) return sqlPart`p.gold BETWEEN ${min} AND ${max}`;
    return sqlPart`COALESCE((SELECT b.balance FROM balances b
      WHERE b.player_id = p.id AND b.currency = ${currency}), 0) BETWEEN ${min} AND ${max}`;
  }
  if (createdAt !== undefined) {
    const { from, before } = inMs(createdAt);
    return sqlPart`p.created_at >= ${from} AND p.created_at < ${before}`;
  }
  if (lastLoginAt !== undefined) {
    const { from, before } = inMs(lastLoginAt);
    return lastLoginAt.from === undefined
      ? sqlPart`(p.last_login_at IS NULL OR p.last_login_at < ${before})`
      : sqlPart`p.last_login_at >= ${from} AND p.last_login_at < ${before}`;
  }
  // Ids beyond 2^53 were never given out.
  const ids = (playerIds ?? []).map(Number).filter((id) => Number.isSafeInteger(id));
  return isListed(dialect, sqlPart`p.id`, ids);
}

/** Whether an id is among those that are given, as one parameter however many they are. */
export function isListed(dialect: DialectName, id: SqlPart, ids: readonly number[]): SqlPart {
  return dialect === 'sqlite'
    ? sqlPart`${id} IN (SELECT value FROM json_each(${JSON.stringify(ids)}))`
    : sqlPart`${id} = ANY (CAST(${`{${ids.join()}}`} AS BIGINT[]))`;
}

function inMs({ from, before }: Period): { from: number; before: number } {
  return {
    from: from === undefined ? -MAX_SAFE_AMOUNT : Date.parse(from),
    before: before === undefined ? MAX_SAFE_AMOUNT : Date.parse(before),
  };
}
