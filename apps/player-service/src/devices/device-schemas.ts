import { Type, type Static } from 'typebox';
import { PLAIN_TEXT, playerIdSchema, timestampSchema } from '../http/schemas.ts';
import { deviceIdSchema } from '../players/player-schemas.ts';

const nameSchema = Type.String({
  pattern: PLAIN_TEXT,
  minLength: 1,
  maxLength: 100,
  description: 'For people',
  examples: ['tablet in the living room'],
});
const linkIdSchema = Type.String({
  pattern: '^(first|[1-9][0-9]{0,18})$',
  description: '`first`: the device of the player itself (`deviceId` of its registration)',
  examples: ['12'],
});

export const linkDeviceBody = Type.Object(
  { deviceId: deviceIdSchema, name: Type.Optional(nameSchema) },
  {
    additionalProperties: false,
    examples: [{ deviceId: '7f1c0a9e-3a1f-4f57-9a52-2f0d6d7c1b11', name: 'tablet in the living room' }],
  },
);
export type LinkDeviceBody = Static<typeof linkDeviceBody>;

export const deviceSchema = Type.Object(
  {
    id: linkIdSchema,
    name: Type.Union([nameSchema, Type.Null()]),
    linkedAt: Type.Union([timestampSchema, Type.Null()], { description: 'Null for `first`' }),
  },
  { description: 'A device that can log its player in; its secret id is never shown' },
);
export type DeviceView = Static<typeof deviceSchema>;

export const devicesSchema = Type.Object(
  { items: Type.Array(deviceSchema) },
  { description: 'The devices of a player' },
);
export const deviceParams = Type.Object(
  { id: playerIdSchema, device: linkIdSchema },
  { additionalProperties: false },
);
