import { Type, type Static } from 'typebox';
import { nextCursorSchema, pageQuery, PLAIN_TEXT, playerIdSchema, timestampSchema } from '../http/schemas.ts';
import { EVENT_TYPES } from './event-types.ts';

const idSchema = Type.String({ pattern: '^[1-9][0-9]{0,18}$', examples: ['1'] });
const urlSchema = Type.String({
  pattern: '^[\\x21-\\x7e]+$',
  minLength: 1,
  maxLength: 2_048,
  description: 'https, to a public address, without credentials',
  examples: ['https://game.example.com/hooks/hanok'],
});
const eventTypesSchema = Type.Array(Type.Enum([...EVENT_TYPES]), {
  minItems: 1,
  maxItems: EVENT_TYPES.length,
  uniqueItems: true,
  description: 'What to tell',
  examples: [['balance.changed', 'reward.finished']],
});
const descriptionSchema = Type.String({
  pattern: PLAIN_TEXT,
  minLength: 1,
  maxLength: 100,
  description: 'Whose it is, for people',
  examples: ['shop'],
});
const statusSchema = Type.Union([Type.Literal('enabled'), Type.Literal('disabled')], {
  description: '`disabled`: nothing is told and nothing is kept for it',
  examples: ['enabled'],
});

export const createEndpointBody = Type.Object(
  { url: urlSchema, eventTypes: eventTypesSchema, description: Type.Optional(descriptionSchema) },
  {
    additionalProperties: false,
    examples: [{ url: 'https://game.example.com/hooks/hanok', eventTypes: ['balance.changed'] }],
  },
);
export type CreateEndpointBody = Static<typeof createEndpointBody>;

export const patchEndpointBody = Type.Object(
  {
    url: Type.Optional(urlSchema),
    eventTypes: Type.Optional(eventTypesSchema),
    description: Type.Optional(Type.Union([descriptionSchema, Type.Null()])),
    status: Type.Optional(statusSchema),
  },
  {
    additionalProperties: false,
    minProperties: 1,
    description: 'JSON merge patch (RFC 7396)',
    examples: [{ status: 'disabled' }],
  },
);
export type PatchEndpointBody = Static<typeof patchEndpointBody>;

export const endpointSchema = Type.Object(
  {
    id: idSchema,
    url: urlSchema,
    eventTypes: Type.Array(Type.String(), { examples: [['balance.changed']] }),
    description: Type.Union([descriptionSchema, Type.Null()]),
    status: statusSchema,
    disabledReason: Type.Union([Type.String(), Type.Null()], {
      description: 'Why it was disabled, unless you did it',
    }),
    createdAt: timestampSchema,
  },
  { description: 'Where webhooks go' },
);
export type EndpointView = Static<typeof endpointSchema>;

const secretSchema = Type.String({
  description: 'Key of the signatures (Standard Webhooks); shown only here',
  examples: ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'],
});
export const newEndpointSchema = Type.Object(
  { ...endpointSchema.properties, secret: secretSchema },
  { description: 'A new endpoint; `secret` is shown only here' },
);
export const newSecretSchema = Type.Object(
  {
    secret: secretSchema,
    previousSecretUntil: Type.Union([timestampSchema, Type.Null()], {
      description: 'Until then the secret before signs as well',
    }),
  },
  { description: 'A new secret, shown only here' },
);

export const endpointParams = Type.Object({ id: idSchema }, { additionalProperties: false });
export const endpointsQuery = Type.Object(pageQuery, { additionalProperties: false });
export const endpointPageSchema = Type.Object(
  { items: Type.Array(endpointSchema), nextCursor: nextCursorSchema },
  { description: 'A page of webhook endpoints' },
);

export const deliverySchema = Type.Object(
  {
    id: idSchema,
    endpointId: idSchema,
    webhookId: Type.String({ description: 'The `webhook-id` it is sent with', examples: ['evt_12'] }),
    eventType: Type.String({ examples: ['balance.changed'] }),
    playerId: Type.Union([playerIdSchema, Type.Null()]),
    body: Type.String({
      description: 'What is sent, as text',
      examples: ['{"type":"balance.changed","timestamp":"2026-01-31T12:00:00.000Z","data":{"playerId":"1"}}'],
    }),
    status: Type.Union([Type.Literal('waiting'), Type.Literal('dead')], {
      description: '`dead`: given up; it is kept for 14 days and can be delivered again',
      examples: ['dead'],
    }),
    attempts: Type.Integer({ minimum: 0, examples: [9] }),
    nextAttemptAt: Type.Union([timestampSchema, Type.Null()], {
      description: 'Null: dead, or an earlier one about the same player comes first',
    }),
    lastStatus: Type.Union([Type.Integer(), Type.Null()], {
      description: 'HTTP status of the last answer; null: there was none',
      examples: [500],
    }),
    lastError: Type.Union([Type.String(), Type.Null()], { examples: ['answered 500'] }),
    createdAt: timestampSchema,
  },
  { description: 'A delivery that was not accepted yet' },
);
export type DeliveryView = Static<typeof deliverySchema>;

export const deliveriesQuery = Type.Object(
  {
    endpointId: Type.Optional(idSchema),
    status: Type.Optional(
      Type.Union([Type.Literal('waiting'), Type.Literal('dead')], { default: 'dead', examples: ['dead'] }),
    ),
    ...pageQuery,
  },
  { additionalProperties: false },
);
export const deliveryPageSchema = Type.Object(
  { items: Type.Array(deliverySchema), nextCursor: nextCursorSchema },
  { description: 'A page of deliveries' },
);
export const redeliveredSchema = Type.Object(
  { deliveries: Type.Integer({ description: 'How many wait again', examples: [12] }) },
  { description: 'What is delivered again' },
);
