import { NotFound, UniqueViolation, type Transaction } from '@hanok/repository';
import { parseEmail, type Email } from '../domain/email.ts';
import { DomainError, type DomainErrorCode } from '../domain/errors.ts';
import { parseUsername, type Username } from '../domain/username.ts';
import { matches, type IfMatch } from '../http/etag.ts';
import { record } from '../ledger/ledger.ts';
import { playerEvent, type ChangeEvent } from '../webhooks/event-types.ts';
import { parseNewPassword } from '../passwords/password-rules.ts';
import type { PasswordHasher } from '../passwords/password-hasher.ts';
import { players, type PlayerRow } from '../storage/entities.ts';
import { deviceKeyOf, requireUnlinked } from './device-key.ts';
import { isLive, lockPlayer, playerNotFound, type LivePlayer } from './player-row.ts';
import type { CreatePlayerBody, PatchPlayerBody } from './player-schemas.ts';

/** A player to be, checked and with its password hashed. */
export interface Draft {
  readonly username: Username;
  readonly email: Email;
  readonly passwordHash: string | null;
  readonly deviceKey: string | null;
  readonly level: number;
  readonly experience: number;
  readonly gold: number;
}

/** A change of a player, checked and with its password hashed. Undefined leaves alone, null removes. */
export interface Revision {
  readonly username: Username | undefined;
  readonly email: Email | undefined;
  readonly passwordHash: string | null | undefined;
  readonly deviceKey: string | null | undefined;
  readonly level: number | undefined;
  readonly experience: number | undefined;
  readonly gold: number | undefined;
}

/** A player as a change left it, and what to tell of the change. */
export interface Changed {
  readonly player: LivePlayer;
  readonly events: readonly ChangeEvent[];
}

/**
 * Checks a new player and hashes its password: all that must not happen inside a transaction.
 *
 * @throws DomainError `invalid_value`, `hashing_overloaded`.
 */
export async function draftPlayer(body: CreatePlayerBody, hasher: PasswordHasher): Promise<Draft> {
  const username = parseUsername(body.username);
  const email = parseEmail(body.email);
  const password = body.password === undefined ? null : parseNewPassword(body.password);
  return {
    username,
    email,
    passwordHash: password === null ? null : await hasher.hash(password),
    deviceKey: body.deviceId === undefined ? null : deviceKeyOf(body.deviceId),
    level: body.level ?? 1,
    experience: body.experience ?? 0,
    gold: body.gold ?? 0,
  };
}

/**
 * Checks a change and hashes its password.
 *
 * @throws DomainError `invalid_value`, `hashing_overloaded`.
 */
export async function draftRevision(body: PatchPlayerBody, hasher: PasswordHasher): Promise<Revision> {
  const username = body.username === undefined ? undefined : parseUsername(body.username);
  const email = body.email === undefined ? undefined : parseEmail(body.email);
  const password = typeof body.password === 'string' ? parseNewPassword(body.password) : body.password;
  return {
    username,
    email,
    passwordHash: typeof password === 'string' ? await hasher.hash(password) : password,
    deviceKey: typeof body.deviceId === 'string' ? deviceKeyOf(body.deviceId) : body.deviceId,
    level: body.level,
    experience: body.experience,
    gold: body.gold,
  };
}

/**
 * Adds a player; gold it starts with is booked like any other.
 *
 * @throws DomainError `username_taken`, `email_taken`, `device_taken`.
 */
export async function createPlayer(tx: Transaction, draft: Draft): Promise<Changed> {
  if (draft.deviceKey !== null) await requireUnlinked(tx, draft.deviceKey);
  const row = await insertDraft(tx, draft);
  const events = [playerEvent('player.created', row.id, row.version)];
  if (draft.gold > 0) {
    const entry = { playerId: row.id, amount: draft.gold, balanceAfter: draft.gold };
    const booking = await record(tx, { reason: 'INITIAL_BALANCE' }, [entry]);
    events.push(...booking.events);
  }
  return { player: live(row), events };
}

async function insertDraft(tx: Transaction, draft: Draft): Promise<PlayerRow> {
  try {
    return await tx.repository(players).insert({
      username: draft.username.display,
      usernameKey: draft.username.key,
      email: draft.email.address,
      emailKey: draft.email.key,
      passwordHash: draft.passwordHash,
      deviceKey: draft.deviceKey,
      level: draft.level,
      experience: draft.experience,
      gold: draft.gold,
    });
  } catch (error) {
    throw takenError(error) ?? error;
  }
}

/**
 * Changes a player. A given `gold` becomes a ledger entry of the difference to the balance at that version.
 *
 * @throws DomainError `player_not_found`, `version_conflict`, `version_required`, and those of creation.
 */
export async function revisePlayer(
  tx: Transaction,
  id: number,
  revision: Revision,
  ifMatch: IfMatch | undefined,
): Promise<Changed> {
  if (typeof revision.deviceKey === 'string') await requireUnlinked(tx, revision.deviceKey);
  if (ifMatch === undefined) {
    if (revision.gold !== undefined) {
      throw new DomainError(
        'version_required',
        'Setting gold needs the ETag that the balance was read with; POST /v1/players/{id}/gold adds or takes without one',
      );
    }
    // Nothing depends on what was there before, so one statement does.
    const player = await applyRevision(tx, id, revision);
    return { player, events: [playerEvent('player.updated', id, player.version)] };
  }
  const before = await lockPlayer(tx, id);
  requireVersion(before, ifMatch);
  const player = await applyRevision(tx, id, revision);
  const events = [playerEvent('player.updated', id, player.version)];
  const amount = player.gold - before.gold;
  if (amount !== 0) {
    const entry = { playerId: id, amount, balanceAfter: player.gold };
    const booking = await record(tx, { reason: 'ADJUSTMENT' }, [entry]);
    events.push(...booking.events);
  }
  return { player, events };
}

async function applyRevision(tx: Transaction, id: number, revision: Revision): Promise<LivePlayer> {
  try {
    const row = await tx.repository(players).update(id, {
      username: revision.username?.display,
      usernameKey: revision.username?.key,
      email: revision.email?.address,
      emailKey: revision.email?.key,
      passwordHash: revision.passwordHash,
      deviceKey: revision.deviceKey,
      level: revision.level,
      experience: revision.experience,
      gold: revision.gold,
    });
    return live(row);
  } catch (error) {
    throw error instanceof NotFound ? playerNotFound(id, error) : (takenError(error) ?? error);
  }
}

/** @throws DomainError `version_conflict` when the player is at none of the demanded versions. */
export function requireVersion(row: PlayerRow, ifMatch: IfMatch | undefined): void {
  if (ifMatch === undefined || matches(ifMatch, row.version)) return;
  throw new DomainError(
    'version_conflict',
    `The player is at version ${row.version} now; read it again and decide anew`,
  );
}

function live(row: PlayerRow): LivePlayer {
  if (!isLive(row)) throw playerNotFound(row.id);
  return row;
}

const TAKEN: Readonly<Record<string, { code: DomainErrorCode; field: string }>> = {
  usernameKey: { code: 'username_taken', field: 'username' },
  emailKey: { code: 'email_taken', field: 'email' },
  deviceKey: { code: 'device_taken', field: 'deviceId' },
};

/** What a failure to write a player means, where it is that a name is taken. */
function takenError(error: unknown): DomainError | undefined {
  const taken = error instanceof UniqueViolation ? TAKEN[error.fields[0] ?? ''] : undefined;
  if (taken === undefined) return undefined;
  const message = `${taken.field} is already taken`;
  const violations = [{ field: taken.field, rule: 'unique', message }];
  return new DomainError(taken.code, message, { cause: error, violations });
}
