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
 * Lets one transaction at a time decide whose device this is, over all processes: a device is a column of one
 * table or a row of another, which no constraint of the database spans. SQLite has one writer at a time anyway.
 * Take it before any lock of a player, so that nobody waits in a circle.
 */
export async function claimDevice(tx: Session, deviceKey: string): Promise<void> {
  if (tx.dialect === 'postgres')
    await tx.sql`SELECT pg_advisory_xact_lock(hashtextextended(${deviceKey}, 0))`;
}

/**
 * Refuses the first device of a player that another has linked as a further one.
 *
 * @throws DomainError `device_taken`.
 */
export async function requireUnlinked(tx: Session, deviceKey: string): Promise<void> {
  await claimDevice(tx, deviceKey);
  if (await tx.repository(devices).exists({ deviceKey })) throw deviceTaken();
}

/** The error of a device that belongs to somebody else, or already to the player. */
export function deviceTaken(cause?: unknown): DomainError {
  const message = 'deviceId is already taken';
  const violations = [{ field: 'deviceId', rule: 'unique', message }];
  return new DomainError('device_taken', message, { cause, violations });
}
