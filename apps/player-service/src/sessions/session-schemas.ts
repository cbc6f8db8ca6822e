import type { Session } from '@hanok/cache-client';
import { Type, type Static } from 'typebox';
import { toTimestamp } from '../domain/timestamp.ts';
import { playerIdSchema, timestampSchema } from '../http/schemas.ts';
import type { IssuedRefreshToken } from './refresh-tokens.ts';

const byPassword = {
  username: Type.String({ minLength: 1, maxLength: 128, examples: ['hong-gildong'] }),
  password: Type.String({ minLength: 1, maxLength: 512, examples: ['correct horse battery staple'] }),
};

/** Who logs in: exactly one of `username` with `password`, `deviceId`, or (servers only) `playerId`. */
export const createSessionBody = Type.Object(
  {
    username: Type.Optional(byPassword.username),
    password: Type.Optional(byPassword.password),
    deviceId: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
    playerId: Type.Optional(playerIdSchema),
    remember: Type.Optional(
      Type.Boolean({
        default: false,
        description: 'Also give a refresh token, to log in again without credentials',
      }),
    ),
  },
  {
    additionalProperties: false,
    description:
      '`username` with `password`, or `deviceId`, or `playerId` with a server credential (for games with their own log-in)',
    examples: [{ username: 'hong-gildong', password: 'correct horse battery staple' }],
  },
);
export type CreateSessionBody = Static<typeof createSessionBody>;

export const newSessionSchema = Type.Object(
  {
    token: Type.String({ description: 'Send it as `Authorization: Bearer …`', examples: ['hps_…'] }),
    playerId: playerIdSchema,
    expiresAt: timestampSchema,
    refreshToken: Type.Optional(
      Type.String({ description: 'With `remember`: good for one use', examples: ['hpr_…'] }),
    ),
    refreshExpiresAt: Type.Optional(timestampSchema),
  },
  { description: 'A new session; its tokens are shown only here' },
);

/** A new session as the API shows it, once. */
export function toNewSession(
  token: string,
  { playerId, expiresAtMs }: Session,
  refresh: IssuedRefreshToken | undefined,
): Static<typeof newSessionSchema> {
  const shown = { token, playerId, expiresAt: toTimestamp(expiresAtMs) };
  if (refresh === undefined) return shown;
  return { ...shown, refreshToken: refresh.refreshToken, refreshExpiresAt: toTimestamp(refresh.expiresAtMs) };
}

export const refreshBody = Type.Object(
  { refreshToken: Type.String({ minLength: 1, maxLength: 128, examples: ['hpr_…'] }) },
  { additionalProperties: false, examples: [{ refreshToken: 'hpr_…' }] },
);

export const sessionSchema = Type.Object(
  { playerId: playerIdSchema, createdAt: timestampSchema, expiresAt: timestampSchema },
  { description: 'The session of the bearer' },
);
