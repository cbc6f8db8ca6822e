import { Type, type Static } from 'typebox';
import { MAX_SAFE_AMOUNT } from '../domain/limits.ts';
import { conditionsSchema } from './conditions.ts';
import { currencySchema } from '../ledger/ledger-schemas.ts';
import {
  descriptionSchema,
  levelSchema,
  nextCursorSchema,
  pageQuery,
  playerIdSchema,
  reasonSchema,
  referenceSchema,
  timestampSchema,
} from '../http/schemas.ts';

/** A reward that reaches at most this many players is given in one transaction, a larger one in chunks. */
export const MAX_AT_ONCE = 10_000;

const giftSchema = Type.Integer({
  minimum: 1,
  maximum: MAX_SAFE_AMOUNT,
  description: 'For each player',
  examples: [100],
});
/** What a reward gives: `gold` and `totalGold` repeat it for gold, and are 0 for another currency. */
const giftFields = {
  currency: currencySchema,
  amount: Type.Integer({ description: 'For each player', examples: [100] }),
  totalAmount: Type.Integer({
    description: 'Booked for all of them; negative in a reversal',
    examples: [300],
  }),
};

export const rewardBody = Type.Object(
  {
    minLevel: Type.Optional(levelSchema),
    maxLevel: Type.Optional(levelSchema),
    conditions: Type.Optional(conditionsSchema),
    gold: Type.Optional(giftSchema),
    currency: Type.Optional(currencySchema),
    amount: Type.Optional(giftSchema),
    reason: reasonSchema,
    reference: Type.Optional(referenceSchema),
    description: Type.Optional(descriptionSchema),
    dryRun: Type.Optional(Type.Boolean({ default: false, description: 'Only count whom it would reach' })),
  },
  {
    additionalProperties: false,
    description:
      '`gold`, or `currency` with `amount`, for every player whose level is in the range and for whom all conditions hold',
    examples: [
      { minLevel: 5, gold: 100, reason: 'GOLD_BONUS', description: 'Weekend bonus' },
      {
        conditions: [
          { lastLoginAt: { before: '2026-01-01T00:00:00.000Z' } },
          { balance: { currency: 'gold', max: 99 } },
        ],
        gold: 100,
        reason: 'COME_BACK',
      },
    ],
  },
);
export type RewardBody = Static<typeof rewardBody>;

const rewardIdSchema = Type.String({ pattern: '^[1-9][0-9]{0,18}$', examples: ['1'] });
const statusSchema = Type.Union([Type.Literal('running'), Type.Literal('done')], {
  description: '`running`: given chunk by chunk, also after a crash; `done`: everybody was reached',
});

export const rewardResultSchema = Type.Object(
  {
    id: Type.Union([rewardIdSchema, Type.Null()], { description: 'Null in a dry run' }),
    status: Type.Union([statusSchema, Type.Null()], { description: 'Null in a dry run' }),
    dryRun: Type.Boolean(),
    players: Type.Integer({
      description: 'Players who got (in a dry run: would get) the gold',
      examples: [3],
    }),
    ...giftFields,
    gold: Type.Integer({ description: 'Gold for each', examples: [100] }),
    totalGold: Type.Integer({ description: 'Gold for all of them together', examples: [300] }),
    sample: Type.Array(playerIdSchema, { description: 'Ids of at most 10 of them' }),
    transactionId: Type.Union([Type.String(), Type.Null()], {
      description: 'Ledger transaction; null in a dry run and while it is given in chunks',
    }),
    gameLogId: Type.Union([Type.String(), Type.Null()], {
      description: 'Entry of the game log; null in a dry run and until it is done',
    }),
  },
  { description: 'What a reward did' },
);
export type RewardResult = Static<typeof rewardResultSchema>;

/** A reward as it stands. */
export const rewardSchema = Type.Object(
  {
    id: rewardIdSchema,
    status: statusSchema,
    reason: reasonSchema,
    reference: Type.Union([referenceSchema, Type.Null()]),
    description: Type.Union([Type.String(), Type.Null()]),
    ...giftFields,
    gold: Type.Integer({ description: 'For each player', examples: [100] }),
    minLevel: levelSchema,
    maxLevel: levelSchema,
    conditions: conditionsSchema,
    players: Type.Integer({ description: 'Players reached so far', examples: [3] }),
    refused: Type.Integer({
      description: 'Players who matched but could not hold the gold (in a reversal: had spent it)',
      examples: [0],
    }),
    totalGold: Type.Integer({ description: 'Booked so far; negative in a reversal', examples: [300] }),
    reversalOf: Type.Union([rewardIdSchema, Type.Null()], { description: 'The reward this one takes back' }),
    createdAt: timestampSchema,
    finishedAt: Type.Union([timestampSchema, Type.Null()]),
  },
  { description: 'A reward as it stands' },
);
export type RewardView = Static<typeof rewardSchema>;

export const rewardParams = Type.Object({ id: rewardIdSchema }, { additionalProperties: false });

export const rewardPageSchema = Type.Object(
  { items: Type.Array(rewardSchema), nextCursor: nextCursorSchema },
  { description: 'A page of rewards' },
);

export const rewardsQuery = Type.Object(
  { status: Type.Optional(statusSchema), ...pageQuery },
  { additionalProperties: false },
);

export const reversalBody = Type.Object(
  { description: Type.Optional(descriptionSchema) },
  { additionalProperties: false, examples: [{ description: 'Given to the wrong season' }] },
);

export const gameLogQuery = Type.Object(
  { event: Type.Optional(reasonSchema), ...pageQuery },
  { additionalProperties: false },
);

export const gameLogEntrySchema = Type.Object({
  id: Type.String(),
  event: reasonSchema,
  description: Type.Union([Type.String(), Type.Null()]),
  details: Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Null()])),
  createdAt: timestampSchema,
});

export const gameLogPageSchema = Type.Object(
  { items: Type.Array(gameLogEntrySchema), nextCursor: nextCursorSchema },
  { description: 'A page of the game log' },
);
