import { CoordinationError } from '../engine/coordination-error.ts';
import { nodeStates } from '../client/service-node.ts';
import { registryIdPattern, registryLimits } from './registry-types.ts';
import type { Broadcast, Registration } from './registry-types.ts';

const { minTtlMs, maxTtlMs, maxMetadataBytes, maxMessageBytes } = registryLimits;

/**
 * Refuses what must not come into the registry, whoever asks.
 *
 * @throws CoordinationError `bad-request` naming the field and its rule.
 */
export function checkRegistration({ id, service, host, port, state, ttlMs, metadata }: Registration): void {
  checkId('id', id);
  checkId('service', service);
  check(/^\S{1,255}$/.test(host), 'host: must be 1 to 255 characters, no spaces');
  check(Number.isInteger(port) && port >= 1 && port <= 65_535, 'port: must be 1 to 65535');
  check(nodeStates.includes(state), `state: must be one of ${nodeStates.join(', ')}`);
  check(
    Number.isInteger(ttlMs) && ttlMs >= minTtlMs && ttlMs <= maxTtlMs,
    `ttlMs: must be ${minTtlMs} to ${maxTtlMs}`,
  );
  check(
    Object.values(metadata).every((value) => typeof value === 'string'),
    'metadata: must map text to text',
  );
  check(
    jsonBytes(metadata) <= maxMetadataBytes,
    `metadata: must be at most ${maxMetadataBytes} bytes as JSON`,
  );
}

/** @throws CoordinationError `bad-request` naming the field and its rule. */
export function checkBroadcast({ id, from, message }: Omit<Broadcast, 'at'>): void {
  checkId('id', id);
  checkId('from', from);
  check(message !== undefined, 'message: must be a JSON value');
  check(jsonBytes(message) <= maxMessageBytes, `message: must be at most ${maxMessageBytes} bytes as JSON`);
}

function checkId(field: string, value: string): void {
  check(
    registryIdPattern.test(value),
    `${field}: must be 1 to 64 letters, digits, dots, dashes and underscores, beginning with a letter or a digit`,
  );
}

function check(holds: boolean, rule: string): void {
  if (!holds) throw new CoordinationError('bad-request', rule);
}

function jsonBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
