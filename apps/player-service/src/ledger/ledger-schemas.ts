import { Type, type Static } from 'typebox';
import { MAX_SAFE_AMOUNT } from '../domain/limits.ts';
import {
  balanceSchema,
  descriptionSchema,
  nextCursorSchema,
  pageQuery,
  playerIdSchema,
  reasonSchema,
  referenceSchema,
  timestampSchema,
} from '../http/schemas.ts';

const signedAmountSchema = Type.Integer({
  minimum: -MAX_SAFE_AMOUNT,
  maximum: MAX_SAFE_AMOUNT,
  description: 'Positive gives, negative takes',
  examples: [100],
});

/** A currency by the name it was declared with. */
export const currencySchema = Type.String({
  pattern: '^[a-z][a-z0-9_]{0,30}$',
  default: 'gold',
  description: 'gold, or a currency of the settings (CURRENCIES)',
  examples: ['gold'],
});
const transactionIdSchema = Type.String({ description: 'Id of the ledger transaction', examples: ['7'] });
/** Some currencies may be owed. */
const signedBalanceSchema = Type.Integer({
  minimum: -MAX_SAFE_AMOUNT,
  maximum: MAX_SAFE_AMOUNT,
  examples: [100],
});

export const adjustGoldBody = Type.Object(
  {
    amount: signedAmountSchema,
    reason: reasonSchema,
    reference: Type.Optional(referenceSchema),
    description: Type.Optional(descriptionSchema),
  },
  { additionalProperties: false, examples: [{ amount: 100, reason: 'QUEST_REWARD', reference: 'quest-12' }] },
);
export type AdjustGoldBody = Static<typeof adjustGoldBody>;

export const transferBody = Type.Object(
  {
    fromPlayerId: playerIdSchema,
    toPlayerId: playerIdSchema,
    currency: Type.Optional(currencySchema),
    amount: Type.Integer({ minimum: 1, maximum: MAX_SAFE_AMOUNT, examples: [25] }),
    reason: reasonSchema,
    reference: Type.Optional(referenceSchema),
    description: Type.Optional(descriptionSchema),
  },
  {
    additionalProperties: false,
    examples: [{ fromPlayerId: '1', toPlayerId: '2', amount: 25, reason: 'TRADE' }],
  },
);
export type TransferBody = Static<typeof transferBody>;

export const bookedSchema = Type.Object(
  {
    transactionId: transactionIdSchema,
    playerId: playerIdSchema,
    amount: signedAmountSchema,
    balance: balanceSchema,
  },
  { description: 'What was booked, and the balance after it' },
);

export const transferredSchema = Type.Object(
  {
    transactionId: transactionIdSchema,
    currency: currencySchema,
    amount: Type.Integer({ examples: [25] }),
    fromBalance: signedBalanceSchema,
    toBalance: signedBalanceSchema,
  },
  { description: 'What was moved, and both balances after it' },
);

export const balanceParams = Type.Object(
  { id: playerIdSchema, currency: currencySchema },
  { additionalProperties: false },
);
export const balanceBookedSchema = Type.Object(
  {
    transactionId: transactionIdSchema,
    playerId: playerIdSchema,
    currency: currencySchema,
    amount: signedAmountSchema,
    balance: signedBalanceSchema,
  },
  { description: 'What was booked, and the balance after it' },
);
export const balancesSchema = Type.Object(
  { items: Type.Array(Type.Object({ currency: currencySchema, balance: signedBalanceSchema })) },
  { description: 'The balance of every currency' },
);

export const ledgerEntrySchema = Type.Object({
  id: Type.String(),
  transactionId: Type.String({ description: 'Entries of one transaction sum to zero' }),
  currency: currencySchema,
  amount: signedAmountSchema,
  balanceAfter: signedBalanceSchema,
  reason: reasonSchema,
  reference: Type.Union([referenceSchema, Type.Null()]),
  description: Type.Union([Type.String(), Type.Null()]),
  createdAt: timestampSchema,
});

export const ledgerQuery = Type.Object(
  {
    currency: Type.Optional(Type.String({ pattern: '^[a-z][a-z0-9_]{0,30}$', examples: ['gold'] })),
    ...pageQuery,
  },
  { additionalProperties: false },
);
export const ledgerPageSchema = Type.Object(
  { items: Type.Array(ledgerEntrySchema), nextCursor: nextCursorSchema },
  { description: 'A page of ledger entries' },
);

export const auditSchema = Type.Object(
  {
    balanced: Type.Boolean({ description: 'Whether every figure below agrees' }),
    players: Type.Integer({ description: 'Players whose balance was compared, deleted ones included' }),
    entries: Type.Integer({ description: 'Ledger entries summed' }),
    goldInBalances: Type.Integer({ description: 'Sum of all balances' }),
    goldInEntries: Type.Integer({ description: 'Sum of all entries of players; equals the balances' }),
    sumOfAllEntries: Type.Integer({ description: 'Players and system accounts together; zero' }),
    currencies: Type.Array(
      Type.Object({
        currency: currencySchema,
        inBalances: Type.Integer(),
        inEntries: Type.Integer({ description: 'Sum of the entries of players; equals the balances' }),
        sumOfAllEntries: Type.Integer({ description: 'Zero' }),
      }),
      { description: 'The same for each currency' },
    ),
    differences: Type.Array(
      Type.Object({
        playerId: playerIdSchema,
        currency: currencySchema,
        balance: Type.Integer(),
        entries: Type.Integer({ description: 'Sum of the entries' }),
      }),
      { description: 'The first 100 players whose balance is not the sum of their entries' },
    ),
    unbalancedTransactions: Type.Array(Type.Object({ transactionId: Type.String(), sum: Type.Integer() }), {
      description: 'The first 100 transactions whose entries do not sum to zero',
    }),
  },
  { description: 'Proof that no coin was lost or minted' },
);
