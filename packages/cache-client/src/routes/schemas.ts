import { Type } from 'typebox';
import { maxMessageLength, maxMuteMs, messageIdPattern } from '../chat/chat.ts';
import { maxPageRows } from '../leaderboards/board-reader.ts';
import { maxBatchSubmissions } from '../leaderboards/leaderboards.ts';
import { namePattern, playerIdPattern } from '../names.ts';

/** A name in a path: `what` says whose. */
export const nameOf = (what: string) => Type.String({ pattern: namePattern, description: `Name of ${what}` });

export const playerId = Type.String({ pattern: playerIdPattern, description: 'Id of a player' });

export const score = Type.Integer({
  minimum: Number.MIN_SAFE_INTEGER,
  maximum: Number.MAX_SAFE_INTEGER,
  description: 'Within ±(2^53 - 1)',
});

export const boardParams = Type.Object({ name: nameOf('the board') });
export const boardPlayerParams = Type.Object({ name: nameOf('the board'), playerId });
export const channelParams = Type.Object({ channel: nameOf('the channel') });
export const muteParams = Type.Object({ channel: nameOf('the channel'), playerId });
export const counterParams = Type.Object({ name: nameOf('the counter') });

export const boardQuery = Type.Object(
  {
    limit: Type.Integer({ minimum: 1, maximum: maxPageRows, default: 50 }),
    cursor: Type.Optional(
      Type.String({ pattern: '^r[1-9][0-9]{0,14}$', description: 'nextCursor of the page before' }),
    ),
  },
  { additionalProperties: false },
);

export const percentileParams = Type.Object({
  name: nameOf('the board'),
  percentile: Type.Number({ minimum: 0, maximum: 100, description: 'Percent' }),
});

export const amongQuery = Type.Object(
  {
    ids: Type.String({
      maxLength: 6_500,
      pattern: '^[A-Za-z0-9_-]{1,64}(,[A-Za-z0-9_-]{1,64}){0,99}$',
      description: 'Up to 100 ids of players, comma-separated',
    }),
  },
  { additionalProperties: false },
);

export const aroundQuery = Type.Object(
  { radius: Type.Integer({ minimum: 0, maximum: 100, default: 5, description: 'Rows above and below' }) },
  { additionalProperties: false },
);

export const row = Type.Object({ rank: Type.Integer(), playerId: Type.String(), score: Type.Integer() });
export const standing = Type.Object(
  {
    ...row.properties,
    total: Type.Integer({ description: 'Players on the board' }),
    percentile: Type.Number({ description: 'Share of the other players who rank lower, percent' }),
  },
  { description: 'Where the player stands' },
);
export const placement = Type.Object(
  {
    ...row.properties,
    changed: Type.Boolean({ description: 'Whether this submission changed the score' }),
  },
  { description: 'Where the player ended up' },
);

export const boardPage = Type.Object(
  {
    name: Type.String(),
    total: Type.Integer({ description: 'Players on the board' }),
    items: Type.Array(row),
    nextCursor: Type.Union([Type.String(), Type.Null()]),
  },
  { description: 'A page of the board' },
);

export const definition = Type.Object(
  {
    order: Type.Union([Type.Literal('descending'), Type.Literal('ascending')], {
      default: 'descending',
      description: 'descending: the highest score leads',
    }),
    operator: Type.Union([Type.Literal('best'), Type.Literal('last'), Type.Literal('sum')], {
      default: 'best',
      description: 'What a further score of a player does',
    }),
  },
  {
    additionalProperties: false,
    description: 'How the board works',
    examples: [{ order: 'descending', operator: 'best' }],
  },
);

export const submission = Type.Object(
  { playerId: Type.Optional(playerId), score },
  { additionalProperties: false, description: 'A score', examples: [{ score: 1500 }] },
);

export const submissions = Type.Object(
  {
    scores: Type.Array(Type.Object({ playerId, score }, { additionalProperties: false }), {
      minItems: 1,
      maxItems: maxBatchSubmissions,
    }),
  },
  {
    additionalProperties: false,
    description: 'Scores, in order',
    examples: [{ scores: [{ playerId: '1', score: 1500 }] }],
  },
);

const messageId = Type.String({ pattern: messageIdPattern, description: 'Id of a message' });
export const messageParams = Type.Object({ channel: nameOf('the channel'), id: messageId });

export const muteBody = Type.Object(
  {
    seconds: Type.Integer({ minimum: 1, maximum: maxMuteMs / 1_000, description: 'For how long' }),
  },
  {
    additionalProperties: false,
    description: 'How long the player publishes nothing',
    examples: [{ seconds: 600 }],
  },
);

export const muteList = Type.Object(
  {
    items: Type.Array(Type.Object({ playerId: Type.String(), until: Type.String({ format: 'date-time' }) })),
    nextCursor: Type.Null(),
  },
  { description: 'Who is muted in the channel' },
);

export const chatQuery = Type.Object(
  {
    limit: Type.Integer({ minimum: 1, maximum: 100, default: 50 }),
    before: Type.Optional(messageId),
    after: Type.Optional(messageId),
  },
  { additionalProperties: false },
);

export const streamQuery = Type.Object({ after: Type.Optional(messageId) }, { additionalProperties: false });
export const streamHeaders = Type.Object({ 'last-event-id': Type.Optional(messageId) });

export const messageBody = Type.Object(
  { playerId: Type.Optional(playerId), text: Type.String({ minLength: 1, maxLength: maxMessageLength }) },
  { additionalProperties: false, description: 'A message', examples: [{ text: 'hello' }] },
);

export const message = Type.Object(
  {
    id: Type.String({ description: 'Strictly increasing in the channel' }),
    channel: Type.String(),
    playerId: Type.String(),
    text: Type.String(),
    sentAt: Type.String({ format: 'date-time' }),
    deletes: Type.Optional(
      Type.String({
        description: 'Instead of a text: the id of a message that was deleted, to be taken off the screen',
      }),
    ),
  },
  { description: 'The message as it was kept' },
);

export const messagePage = Type.Object(
  {
    items: Type.Array(message, { description: 'Oldest first' }),
    nextCursor: Type.Union([Type.String(), Type.Null()], {
      description: 'Pass it on as `before`, or as `after` when reading forwards; null at the end',
    }),
  },
  { description: 'Messages of the channel' },
);

export const counterBody = Type.Object(
  {
    by: Type.Integer({ minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER, default: 1 }),
  },
  { additionalProperties: false, description: 'What to add', examples: [{ by: 1 }] },
);

export const windowsQuery = Type.Object(
  {
    unit: Type.Union([Type.Literal('minute'), Type.Literal('hour'), Type.Literal('day')], {
      default: 'minute',
    }),
    last: Type.Integer({
      minimum: 1,
      maximum: 60,
      default: 5,
      description: 'How many, the current one included: up to 60 minutes, 48 hours or 31 days',
    }),
  },
  { additionalProperties: false },
);

export const counterWindows = Type.Object({
  name: Type.String(),
  unit: Type.String(),
  items: Type.Array(Type.Object({ start: Type.String({ format: 'date-time' }), value: Type.Integer() }), {
    description: 'Oldest first',
  }),
  nextCursor: Type.Null(),
});

export const counterValue = Type.Object(
  { name: Type.String(), value: Type.Integer() },
  { description: 'The sum' },
);
