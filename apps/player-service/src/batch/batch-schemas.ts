import { Type, type Static } from 'typebox';
import { experienceSchema, levelSchema, playerIdSchema } from '../http/schemas.ts';
import { adjustGoldBody, currencySchema, transferBody } from '../ledger/ledger-schemas.ts';

/** Operations in one batch. */
export const MAX_OPERATIONS = 100;

const operationSchema = Type.Object(
  {
    gold: Type.Optional(
      Type.Object(
        { playerId: playerIdSchema, ...adjustGoldBody.properties },
        { additionalProperties: false, description: 'As `POST /v1/players/{id}/gold`' },
      ),
    ),
    balance: Type.Optional(
      Type.Object(
        { playerId: playerIdSchema, currency: currencySchema, ...adjustGoldBody.properties },
        { additionalProperties: false, description: 'As `POST /v1/players/{id}/balances/{currency}`' },
      ),
    ),
    transfer: Type.Optional(
      Type.Object(transferBody.properties, {
        additionalProperties: false,
        description: 'As `POST /v1/transfers`',
      }),
    ),
    player: Type.Optional(
      Type.Object(
        {
          playerId: playerIdSchema,
          level: Type.Optional(levelSchema),
          experience: Type.Optional(experienceSchema),
        },
        { additionalProperties: false, minProperties: 2, description: 'As `PATCH /v1/players/{id}`' },
      ),
    ),
  },
  { additionalProperties: false, minProperties: 1, maxProperties: 1 },
);
export type Operation = Static<typeof operationSchema>;

export const batchBody = Type.Object(
  {
    atomic: Type.Boolean({ description: 'True: all or nothing. False: each for itself' }),
    operations: Type.Array(operationSchema, { minItems: 1, maxItems: MAX_OPERATIONS }),
  },
  {
    additionalProperties: false,
    examples: [
      {
        atomic: true,
        operations: [
          { gold: { playerId: '1', amount: 50, reason: 'MATCH_WON' } },
          { player: { playerId: '1', experience: 1300 } },
        ],
      },
    ],
  },
);
export type BatchBody = Static<typeof batchBody>;

const doneSchema = Type.Object({
  ok: Type.Literal(true),
  playerId: Type.Optional(playerIdSchema),
  transactionId: Type.Optional(Type.String()),
  balance: Type.Optional(Type.Integer()),
  fromBalance: Type.Optional(Type.Integer()),
  toBalance: Type.Optional(Type.Integer()),
  version: Type.Optional(Type.Integer()),
});
const refusedSchema = Type.Object({
  ok: Type.Literal(false),
  status: Type.Integer({ description: 'What the operation would have answered alone', examples: [409] }),
  code: Type.String({ examples: ['insufficient_funds'] }),
  detail: Type.String(),
});
export type OperationResult = Static<typeof doneSchema> | Static<typeof refusedSchema>;

export const batchResultSchema = Type.Object(
  { results: Type.Array(Type.Union([doneSchema, refusedSchema])) },
  { description: 'One result for each operation, in their order' },
);
