/** What a webhook can tell. */
export const EVENT_TYPES = [
  'player.created',
  'player.updated',
  'player.deleted',
  'player.restored',
  'player.erased',
  'player.data_changed',
  'balance.changed',
  'reward.finished',
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/**
 * A change to tell. It names what changed and never who somebody is: names and addresses would outlive their
 * erasure in queues and in the receivers' logs. Who may know them reads the player.
 */
export interface ChangeEvent {
  readonly type: EventType;
  /** Whose change it is; the changes of one player arrive in their order. Null: nobody's. */
  readonly playerId: number | null;
  readonly data: Readonly<Record<string, string | number | null>>;
}

/** A change of a player or of its data, which is now at this version. */
export function playerEvent(
  type: Exclude<EventType, 'balance.changed' | 'reward.finished'>,
  playerId: number,
  version: number,
): ChangeEvent {
  return { type, playerId, data: { playerId: String(playerId), version } };
}
