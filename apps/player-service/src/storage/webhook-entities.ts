import { defineEntity, integer, json, text, timestamp, type Row } from '@hanok/repository';

/** Where webhooks go. */
export const webhookEndpoints = defineEntity({
  table: 'webhook_endpoints',
  columns: {
    id: integer().generated(),
    url: text({ maxLength: 2_048 }),
    description: text({ maxLength: 100 }).nullable(),
    eventTypes: json<readonly string[]>({ maxBytes: 4_096 }),
    status: text({ oneOf: ['enabled', 'disabled'] }).default('enabled'),
    /** Why it was disabled, unless an admin did it. */
    disabledReason: text({ maxLength: 200 }).nullable(),
    /** Readable, unlike the hash of an API key: every delivery is signed with it. */
    secret: text({ maxLength: 128 }),
    /** Signs beside the new secret until the receiver had time to change. */
    previousSecret: text({ maxLength: 128 }).nullable(),
    previousSecretUntil: timestamp().nullable(),
    createdAt: timestamp().defaultNow(),
  },
});
export type WebhookEndpointRow = Row<typeof webhookEndpoints>;

/** Changes recorded with the change itself, until they are spread over the endpoints that want them. */
export const webhookEvents = defineEntity({
  table: 'webhook_events',
  columns: {
    id: integer().generated(),
    type: text({ maxLength: 64 }),
    /** Deliveries about one player keep their order. */
    playerId: integer().nullable(),
    data: json<Readonly<Record<string, string | number | null>>>({ maxBytes: 4_096 }),
    createdAt: timestamp().defaultNow(),
  },
});
export type WebhookEventRow = Row<typeof webhookEvents>;

/** What one endpoint has not accepted yet. Accepted deliveries are forgotten. */
export const webhookDeliveries = defineEntity({
  table: 'webhook_deliveries',
  columns: {
    id: integer().generated(),
    endpointId: integer().references('webhook_endpoints', 'id', 'cascade'),
    eventId: integer(),
    eventType: text({ maxLength: 64 }),
    playerId: integer().nullable(),
    /** The very text that is sent and signed, each time the same. */
    body: text({ maxLength: 8_192 }),
    status: text({ oneOf: ['waiting', 'dead'] }).default('waiting'),
    attempts: integer({ min: 0 }).default(0),
    /** Null: it waits for an earlier one about the same player, or it is dead. */
    nextAttemptAt: timestamp().nullable(),
    lastStatus: integer().nullable(),
    lastError: text({ maxLength: 500 }).nullable(),
    createdAt: timestamp(),
  },
  unique: [['endpointId', 'eventId']],
  indexes: [
    ['endpointId', 'nextAttemptAt', 'id'],
    ['endpointId', 'status', 'playerId', 'id'],
    ['status', 'id'],
  ],
});
export type WebhookDeliveryRow = Row<typeof webhookDeliveries>;

/** Work that one process at a time does for all. */
export const leases = defineEntity({
  table: 'leases',
  columns: {
    id: text({ maxLength: 64 }).primaryKey(),
    holder: text({ maxLength: 64 }),
    expiresAt: timestamp(),
  },
});
