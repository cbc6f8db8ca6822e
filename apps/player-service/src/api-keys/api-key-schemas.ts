import { Type, type Static } from 'typebox';
import { SCOPES } from '../http/principal.ts';
import { nextCursorSchema, pageQuery, PLAIN_TEXT, timestampSchema } from '../http/schemas.ts';

const scopeSchema = Type.Enum([...SCOPES]);
const nameSchema = Type.String({
  pattern: PLAIN_TEXT,
  minLength: 1,
  maxLength: 100,
  description: 'Whose key it is, for people',
  examples: ['match server Seoul'],
});
const apiKeyIdSchema = Type.String({ pattern: '^[1-9][0-9]{0,18}$', examples: ['1'] });

export const createApiKeyBody = Type.Object(
  {
    name: nameSchema,
    scopes: Type.Array(scopeSchema, {
      minItems: 1,
      maxItems: 32,
      description: 'What it may do',
      examples: [['players:read', 'gold:write']],
    }),
    expiresAt: Type.Optional(timestampSchema),
  },
  {
    additionalProperties: false,
    examples: [{ name: 'match server Seoul', scopes: ['players:read', 'gold:write'] }],
  },
);
export type CreateApiKeyBody = Static<typeof createApiKeyBody>;

export const apiKeySchema = Type.Object(
  {
    id: apiKeyIdSchema,
    name: nameSchema,
    scopes: Type.Array(scopeSchema),
    createdAt: timestampSchema,
    expiresAt: Type.Union([timestampSchema, Type.Null()]),
    revokedAt: Type.Union([timestampSchema, Type.Null()]),
  },
  { description: 'An API key, without what would let anyone use it' },
);
export type ApiKeyView = Static<typeof apiKeySchema>;

export const newApiKeySchema = Type.Object(
  {
    ...apiKeySchema.properties,
    key: Type.String({ description: 'Send it as `Authorization: Bearer …`', examples: ['hpk_…'] }),
  },
  { description: 'A new API key; `key` is shown only here' },
);

export const apiKeyParams = Type.Object({ id: apiKeyIdSchema }, { additionalProperties: false });
export const apiKeysQuery = Type.Object(pageQuery, { additionalProperties: false });
export const apiKeyPageSchema = Type.Object(
  { items: Type.Array(apiKeySchema), nextCursor: nextCursorSchema },
  { description: 'A page of API keys' },
);
