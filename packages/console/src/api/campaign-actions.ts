import type { HanokServer } from '@hanok/service-kit';
import { Type } from 'typebox';
import { askService } from './ask-service.ts';
import { defineAction } from './action.ts';
import type { ConsoleContext } from './context.ts';

const players = { service: 'player-service', id: 'any' };
const closed = { additionalProperties: false };
const level = Type.Integer({ minimum: 1, maximum: 1_000_000 });
/** Made by the page when the form is filled in: pressed twice, it is given once. */
const key = Type.String({ pattern: '^[A-Za-z0-9-]{16,64}$' });

const campaign = {
  minLevel: Type.Optional(level),
  maxLevel: Type.Optional(level),
  gold: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }),
  reason: Type.String({ pattern: '^[A-Z][A-Z0-9_]{0,63}$' }),
  description: Type.Optional(Type.String({ maxLength: 500 })),
};

/** Gold for many players, and taking it back. */
export const campaignActions = [
  defineAction({
    name: 'campaign.run',
    body: Type.Object({ ...campaign, key }, closed),
    target: ({ reason, minLevel = 1, maxLevel }) => `${reason}, level ${minLevel}–${maxLevel ?? '∞'}`,
    before: (context, { key: _key, ...body }) => preview(context, body),
    run: async (context, { key: given, ...body }) => {
      const headers = { 'idempotency-key': given };
      const call = { method: 'POST', path: '/v1/rewards', body, headers } as const;
      return { after: await askService(context, players, call) };
    },
  }),
  defineAction({
    name: 'campaign.reverse',
    body: Type.Object({ id: Type.String({ pattern: '^[1-9][0-9]{0,18}$' }), key }, closed),
    target: ({ id }) => `campaign ${id}`,
    before: (context, { id }) => askService(context, players, { method: 'GET', path: `/v1/rewards/${id}` }),
    run: async (context, { id, key: given }) => {
      const headers = { 'idempotency-key': given };
      const call = { method: 'POST', path: `/v1/rewards/${id}/reversal`, body: {}, headers } as const;
      return { after: await askService(context, players, call) };
    },
  }),
];

/** A dry run changes nothing: viewers may ask for one, and the audit log does not tell of it. */
export function addCampaignPreview(server: HanokServer, context: ConsoleContext): void {
  server.post(
    '/console/api/campaign-preview',
    {
      preHandler: context.gate.requiring('viewer'),
      schema: { hide: true, body: Type.Object(campaign, closed) },
    },
    (request) => preview(context, request.body),
  );
}

function preview(context: ConsoleContext, body: object): Promise<unknown> {
  const call = { method: 'POST', path: '/v1/rewards', body: { ...body, dryRun: true } } as const;
  return askService(context, players, call);
}
