import type { Transaction } from '@hanok/repository';
import { DomainError, invalidValue } from '../domain/errors.ts';
import { toTimestamp } from '../domain/timestamp.ts';
import {
  webhookDeliveries,
  webhookEndpoints,
  type WebhookDeliveryRow,
  type WebhookEndpointRow,
} from '../storage/webhook-entities.ts';
import { killWaiting, openLines } from './delivery-queue.ts';
import { MAX_ENDPOINTS } from './event-log.ts';
import { urlFault } from './sender.ts';
import { newWebhookSecret } from './signature.ts';
import type { CreateEndpointBody, DeliveryView, EndpointView, PatchEndpointBody } from './webhook-schemas.ts';

/** How long the secret before signs beside a new one. */
export const PREVIOUS_SECRET_MS = 86_400_000;
/** Dead deliveries delivered again by one request. */
export const MAX_REDELIVERED = 1_000;

/** What may be told where. */
export interface EndpointRules {
  /** Endpoints may be at private addresses and over plain HTTP. */
  readonly privateAddresses: boolean;
}

/**
 * Adds an endpoint with a secret of its own.
 *
 * @throws DomainError `invalid_value` for a URL that webhooks must not go to, `too_many_endpoints`.
 */
export async function createEndpoint(
  tx: Transaction,
  { url, eventTypes, description }: CreateEndpointBody,
  rules: EndpointRules,
): Promise<WebhookEndpointRow> {
  requireUrl(url, rules);
  const repository = tx.repository(webhookEndpoints);
  if ((await repository.count()) >= MAX_ENDPOINTS) {
    throw new DomainError('too_many_endpoints', `There are ${MAX_ENDPOINTS} endpoints already`);
  }
  return repository.insert({
    url,
    eventTypes,
    description: description ?? null,
    secret: newWebhookSecret(),
  });
}

/** The endpoint of an id given as text. @throws DomainError `endpoint_not_found`. */
export async function getEndpoint(
  tx: Pick<Transaction, 'repository'>,
  idText: string,
): Promise<WebhookEndpointRow> {
  const id = Number(idText);
  const row = Number.isSafeInteger(id) ? await tx.repository(webhookEndpoints).findById(id) : undefined;
  if (row === undefined)
    throw new DomainError('endpoint_not_found', `There is no webhook endpoint ${idText}`);
  return row;
}

/**
 * Changes an endpoint. Disabled, it keeps nothing: what waited for it is dead.
 *
 * @throws DomainError `endpoint_not_found`, `invalid_value`.
 */
export async function patchEndpoint(
  tx: Transaction,
  idText: string,
  body: PatchEndpointBody,
  rules: EndpointRules,
): Promise<WebhookEndpointRow> {
  if (body.url !== undefined) requireUrl(body.url, rules);
  const { id } = await getEndpoint(tx, idText);
  if (body.status === 'disabled') await killWaiting(tx, id);
  return tx
    .repository(webhookEndpoints)
    .update(id, { ...body, ...(body.status === undefined ? {} : { disabledReason: null }) });
}

/** Gives an endpoint a new secret; the one before signs as well for a day. @throws DomainError `endpoint_not_found`. */
export async function rotateSecret(
  tx: Transaction,
  idText: string,
  now: number,
): Promise<WebhookEndpointRow> {
  const { id, secret } = await getEndpoint(tx, idText);
  return tx.repository(webhookEndpoints).update(id, {
    secret: newWebhookSecret(),
    previousSecret: secret,
    previousSecretUntil: now + PREVIOUS_SECRET_MS,
  });
}

/**
 * Lets the oldest dead deliveries of an endpoint, or one of them, be tried again from the first attempt on. They
 * come after what was delivered since: the order of a player's changes holds only for what was never dead.
 *
 * @returns how many; there may be more while it is `MAX_REDELIVERED`.
 * @throws DomainError `endpoint_disabled`, because nothing would take them.
 */
export async function redeliver(
  tx: Transaction,
  endpoint: WebhookEndpointRow,
  now: number,
  deliveryId?: number,
): Promise<number> {
  if (endpoint.status === 'disabled') {
    throw new DomainError(
      'endpoint_disabled',
      `Webhook endpoint ${endpoint.id} is disabled; enable it first`,
    );
  }
  const repository = tx.repository(webhookDeliveries);
  const { items } = await repository.findMany({
    where: {
      endpointId: endpoint.id,
      status: 'dead',
      ...(deliveryId === undefined ? {} : { id: deliveryId }),
    },
    limit: MAX_REDELIVERED,
  });
  const ids = items.map(({ id }) => id);
  if (ids.length === 0) return 0;
  await repository.updateWhere({ id: { in: ids } }, { status: 'waiting', attempts: 0 });
  await openLines(tx, Math.min(...ids), Math.max(...ids), now);
  return ids.length;
}

/** An endpoint as the API shows it: without its secret. */
export function toEndpointView(row: WebhookEndpointRow): EndpointView {
  const { id, url, eventTypes, description, status, disabledReason, createdAt } = row;
  return {
    id: String(id),
    url,
    eventTypes: [...eventTypes],
    description,
    status,
    disabledReason,
    createdAt: toTimestamp(createdAt),
  };
}

/** A delivery as the API shows it. */
export function toDeliveryView(row: WebhookDeliveryRow): DeliveryView {
  const { id, endpointId, eventId, playerId, nextAttemptAt, createdAt, ...shown } = row;
  return {
    ...shown,
    id: String(id),
    endpointId: String(endpointId),
    webhookId: `evt_${eventId}`,
    playerId: playerId === null ? null : String(playerId),
    nextAttemptAt: nextAttemptAt === null ? null : toTimestamp(nextAttemptAt),
    createdAt: toTimestamp(createdAt),
  };
}

function requireUrl(url: string, { privateAddresses }: EndpointRules): void {
  const fault = urlFault(url, privateAddresses);
  if (fault !== undefined) throw invalidValue('url', 'url', fault);
}
