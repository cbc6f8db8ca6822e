import { nodeStates, registryLimits, registryIdPattern } from '@hanok/cluster';
import { Type, type Static } from 'typebox';

const idPattern = registryIdPattern.source;

export const nodeIdSchema = Type.String({
  pattern: idPattern,
  description: '1 to 64 letters, digits, dots, dashes and underscores, starting with a letter or a digit',
});

export const nodeParams = Type.Object({ id: nodeIdSchema });

export const nodeStateSchema = Type.Enum([...nodeStates]);

const metadataSchema = Type.Record(
  Type.String(),
  Type.String({ maxLength: registryLimits.maxMetadataBytes }),
  {
    description: 'Free text by key; at most 4,096 bytes as JSON',
  },
);

export const hostSchema = Type.String({
  pattern: '^[A-Za-z0-9._:-]{1,255}$',
  description: 'Where it is reached',
});
export const portSchema = Type.Integer({ minimum: 1, maximum: 65_535 });

export const registrationBody = Type.Object(
  {
    service: Type.String({ pattern: idPattern, description: 'Kind of service, e.g. player-service' }),
    host: hostSchema,
    port: portSchema,
    state: nodeStateSchema,
    ttlMs: Type.Integer({
      minimum: registryLimits.minTtlMs,
      maximum: registryLimits.maxTtlMs,
      description: 'Milliseconds after which it is forgotten when it is not renewed',
    }),
    metadata: Type.Optional(metadataSchema),
  },
  { additionalProperties: false },
);
export type RegistrationBody = Static<typeof registrationBody>;

export const roleSchema = Type.Union(
  [Type.Literal('leader'), Type.Literal('follower'), Type.Literal('worker')],
  {
    description: 'A coordinator is leader (also called master) or follower (slave); a service is a worker',
  },
);

export const serviceNodeSchema = Type.Object({
  id: Type.String(),
  service: Type.String(),
  host: Type.String(),
  port: Type.Integer(),
  state: nodeStateSchema,
  role: roleSchema,
  alive: Type.Boolean(),
  ttlMs: Type.Integer(),
  metadata: Type.Record(Type.String(), Type.String()),
  revision: Type.Integer({ description: 'Revision of its last change' }),
  registeredAt: Type.String({ description: 'ISO 8601, UTC' }),
});
export type ServiceNodeView = Static<typeof serviceNodeSchema>;

export const staleSchema = Type.Boolean({
  description: 'True while this coordinator is out of touch with a leader, so that what it says may be old',
});

export const consistentSchema = Type.Optional(
  Type.Enum(['true', 'false'], {
    description:
      'true: show every write that was acknowledged before, by any coordinator, or answer 503; costs a round trip to ' +
      'the leader. Default false: the own copy at once, which may be a little behind, and says so when it is out of touch',
  }),
);

export const problemResponses = {
  '4xx': Type.Unknown({ description: 'RFC 9457 problem' }),
  503: Type.Unknown({ description: 'RFC 9457 problem: no leader within reach; retry after a second' }),
};
