import { Type, type Static } from 'typebox';
import { MAX_SAFE_AMOUNT } from '../domain/limits.ts';
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

export const rewardBody = Type.Object(
  {
    minLevel: Type.Optional(levelSchema),
    maxLevel: Type.Optional(levelSchema),
    gold: Type.Integer({
      minimum: 1,
      maximum: MAX_SAFE_AMOUNT,
      description: 'For each player',
      examples: [100],
    }),
    reason: reasonSchema,
    reference: Type.Optional(referenceSchema),
    description: Type.Optional(descriptionSchema),
    dryRun: Type.Optional(Type.Boolean({ default: false, description: 'Only count whom it would reach' })),
  },
  {
    additionalProperties: false,
    description: 'Gold for every player whose level is in the range; all of them or none',
    examples: [{ minLevel: 5, gold: 100, reason: 'GOLD_BONUS', description: 'Weekend bonus' }],
  },
);
export type RewardBody = Static<typeof rewardBody>;

export const rewardResultSchema = Type.Object(
  {
    dryRun: Type.Boolean(),
    players: Type.Integer({ description: 'Players who got (or would get) the gold', examples: [3] }),
    gold: Type.Integer({ description: 'Gold for each', examples: [100] }),
    totalGold: Type.Integer({ description: 'Gold for all of them together', examples: [300] }),
    sample: Type.Array(playerIdSchema, { description: 'Ids of at most 10 of them' }),
    transactionId: Type.Union([Type.String(), Type.Null()], {
      description: 'Ledger transaction; null in a dry run',
    }),
    gameLogId: Type.Union([Type.String(), Type.Null()], {
      description: 'Entry of the game log; null in a dry run',
    }),
  },
  { description: 'What a reward did' },
);
export type RewardResult = Static<typeof rewardResultSchema>;

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
