import { createHash } from 'node:crypto';
import type { Session } from '@hanok/repository';
import { DomainError } from '../domain/errors.ts';
import { devices } from '../storage/entities.ts';

/**
 * What is stored of a device id. Device ids are long and random, so unlike passwords they need no slow hash.
 */
export function deviceKeyOf(deviceId: string): string {
  return createHash('sha256').update(deviceId).digest('base64url');
}

/**
 * Refuses the first device of a player that another has linked as a further one. Two requests at the same moment
 * may pass each other; then the device logs in whom it is the first device of.
 *
 * @throws DomainError `device_taken`.
 */
export async function requireUnlinked(session: Session, deviceKey: string | null | undefined): Promise<void> {
  if (typeof deviceKey !== 'string') return;
  if (await session.repository(devices).exists({ deviceKey })) throw deviceTaken();
}

/** The error of a device that belongs to somebody else, or already to the player. */
export function deviceTaken(cause?: unknown): DomainError {
  const message = 'deviceId is already taken';
  const violations = [{ field: 'deviceId', rule: 'unique', message }];
  return new DomainError('device_taken', message, { cause, violations });
}
