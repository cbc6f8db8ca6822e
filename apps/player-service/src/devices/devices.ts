import { UniqueViolation, type Session, type Transaction } from '@hanok/repository';
import { DomainError } from '../domain/errors.ts';
import { toTimestamp } from '../domain/timestamp.ts';
import { lockPlayer, playerNotFound } from '../players/player-row.ts';
import { claimDevice, deviceKeyOf, deviceTaken } from '../players/device-key.ts';
import { devices, players, type DeviceRow } from '../storage/entities.ts';
import type { DeviceView, LinkDeviceBody } from './device-schemas.ts';

/** Devices one player may link beside its first. */
export const MAX_DEVICES = 20;
/** The device that is a column of the player. */
export const FIRST_DEVICE = 'first';

/** Every device that can log a player in. @throws DomainError `player_not_found`. */
export async function listDevices(session: Session, playerId: number): Promise<DeviceView[]> {
  const player = await session.repository(players).findById(playerId);
  if (player === undefined || player.deletedAt !== null) throw playerNotFound(playerId);
  const { items } = await session.repository(devices).findMany({ where: { playerId }, limit: MAX_DEVICES });
  const first = player.deviceKey === null ? [] : [{ id: FIRST_DEVICE, name: null, linkedAt: null }];
  return [...first, ...items.map((row) => toDeviceView(row))];
}

/**
 * Lets a further device log its player in.
 *
 * @throws DomainError `player_not_found`, `device_taken`, `too_many_devices`.
 */
export async function linkDevice(
  tx: Transaction,
  playerId: number,
  body: LinkDeviceBody,
): Promise<DeviceRow> {
  const deviceKey = deviceKeyOf(body.deviceId);
  await claimDevice(tx, deviceKey);
  await lockPlayer(tx, playerId);
  const repository = tx.repository(devices);
  if ((await repository.count({ playerId })) >= MAX_DEVICES) {
    throw new DomainError('too_many_devices', `Player ${playerId} has ${MAX_DEVICES} devices already`);
  }
  if (await tx.repository(players).exists({ deviceKey })) throw deviceTaken();
  try {
    return await repository.insert({ playerId, deviceKey, name: body.name ?? null });
  } catch (error) {
    throw error instanceof UniqueViolation ? deviceTaken(error) : error;
  }
}

/** Takes a device from a player. @throws DomainError `player_not_found`, `device_not_found`. */
export async function unlinkDevice(tx: Transaction, playerId: number, device: string): Promise<void> {
  const player = await lockPlayer(tx, playerId);
  if (device === FIRST_DEVICE) {
    if (player.deviceKey === null) throw deviceNotFound(device);
    await tx.repository(players).update(playerId, { deviceKey: null });
    return;
  }
  const id = Number(device);
  const removed = Number.isSafeInteger(id) ? await tx.repository(devices).deleteWhere({ id, playerId }) : 0;
  if (removed === 0) throw deviceNotFound(device);
}

/** The player whose further device this is. */
export async function playerOfDevice(session: Session, deviceKey: string): Promise<number | undefined> {
  return (await session.repository(devices).findOne({ deviceKey }))?.playerId;
}

/** A device as the API shows it. */
export function toDeviceView({ id, name, createdAt }: DeviceRow): DeviceView {
  return { id: String(id), name, linkedAt: toTimestamp(createdAt) };
}

function deviceNotFound(device: string): DomainError {
  return new DomainError('device_not_found', `The player has no device ${device}`);
}
