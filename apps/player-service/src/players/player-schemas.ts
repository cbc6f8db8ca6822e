import { Type, type Static } from 'typebox';
import { EMAIL_MAX_LENGTH } from '../domain/email.ts';
import {
  balanceSchema,
  experienceSchema,
  levelSchema,
  nextCursorSchema,
  pageQuery,
  PLAIN_TEXT,
  playerIdSchema,
  timestampSchema,
} from '../http/schemas.ts';

// Schemas bound the size; the domain's parsers (username.ts, email.ts, password-rules.ts) judge the content.
const usernameSchema = Type.String({
  minLength: 1,
  maxLength: 128,
  description:
    '3 to 32 characters after Unicode normalisation (NFKC); unique regardless of case; no control or invisible characters',
  examples: ['hong-gildong'],
});
const emailSchema = Type.String({
  minLength: 1,
  maxLength: EMAIL_MAX_LENGTH,
  description: 'E-mail address, unique regardless of case',
  examples: ['hong@example.com'],
});
const passwordSchema = Type.String({
  minLength: 1,
  maxLength: 512,
  description: '8 to 128 characters',
  examples: ['correct horse battery staple'],
});
/** Whoever knows it can log in. */
export const deviceIdSchema = Type.String({
  pattern: '^[\\x21-\\x7e]{16,128}$',
  description: 'Secret id of the device, 16 to 128 visible ASCII characters; whoever knows it can log in',
  examples: ['7f1c0a9e-3a1f-4f57-9a52-2f0d6d7c1b11'],
});

/** A player as the API shows it. */
export const playerSchema = Type.Object(
  {
    id: playerIdSchema,
    username: Type.String({ examples: ['hong-gildong'] }),
    email: Type.String({ examples: ['hong@example.com'] }),
    level: levelSchema,
    experience: experienceSchema,
    gold: balanceSchema,
    createdAt: timestampSchema,
    lastLoginAt: Type.Union([timestampSchema, Type.Null()]),
    version: Type.Integer({
      minimum: 1,
      description: 'Grows with every change; also the ETag',
      examples: [1],
    }),
  },
  { description: 'A player' },
);
export type PlayerView = Static<typeof playerSchema>;

export const createPlayerBody = Type.Object(
  {
    username: usernameSchema,
    email: emailSchema,
    password: Type.Optional(passwordSchema),
    deviceId: Type.Optional(deviceIdSchema),
    level: Type.Optional(levelSchema),
    experience: Type.Optional(experienceSchema),
    gold: Type.Optional(balanceSchema),
  },
  {
    additionalProperties: false,
    description: '`level`, `experience` and `gold` need a server credential; gold is booked in the ledger',
    examples: [
      { username: 'hong-gildong', email: 'hong@example.com', password: 'correct horse battery staple' },
    ],
  },
);
export type CreatePlayerBody = Static<typeof createPlayerBody>;

export const patchPlayerBody = Type.Object(
  {
    username: Type.Optional(usernameSchema),
    email: Type.Optional(emailSchema),
    password: Type.Optional(Type.Union([passwordSchema, Type.Null()])),
    deviceId: Type.Optional(Type.Union([deviceIdSchema, Type.Null()])),
    level: Type.Optional(levelSchema),
    experience: Type.Optional(experienceSchema),
    gold: Type.Optional(balanceSchema),
  },
  {
    additionalProperties: false,
    minProperties: 1,
    description:
      'JSON merge patch (RFC 7396). `level`, `experience` and `gold` need a server credential; `gold` also needs ' +
      'If-Match, because it sets a balance that somebody read. To give or take gold, POST to `/v1/players/{id}/gold`.',
    examples: [{ level: 7 }],
  },
);
export type PatchPlayerBody = Static<typeof patchPlayerBody>;

export const listPlayersQuery = Type.Object(
  {
    minLevel: Type.Optional(levelSchema),
    maxLevel: Type.Optional(levelSchema),
    usernamePrefix: Type.Optional(
      Type.String({ pattern: PLAIN_TEXT, minLength: 1, maxLength: 128, examples: ['hong'] }),
    ),
    email: Type.Optional(Type.String({ pattern: PLAIN_TEXT, minLength: 1, maxLength: EMAIL_MAX_LENGTH })),
    ...pageQuery,
  },
  { additionalProperties: false },
);
export type ListPlayersQuery = Static<typeof listPlayersQuery>;

export const playerPageSchema = Type.Object(
  { items: Type.Array(playerSchema), nextCursor: nextCursorSchema },
  { description: 'A page of players' },
);

export const ifMatchHeader = Type.Optional(
  Type.String({
    maxLength: 256,
    description: 'ETag that the change is based on; 412 when the player has changed since',
    examples: ['"1"'],
  }),
);
