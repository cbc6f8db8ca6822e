import { Type } from 'typebox';
import { askService } from './ask-service.ts';
import { defineAction } from './action.ts';
import type { ConsoleContext } from './context.ts';

const playerId = Type.String({ pattern: '^[1-9][0-9]{0,18}$' });
const closed = { additionalProperties: false };
const players = { service: 'player-service', id: 'any' };
const caches = { service: 'cache-service', id: 'any' };

/** What can be changed of one player. */
export const playerActions = [
  defineAction({
    name: 'player.gold',
    body: Type.Object(
      {
        playerId,
        amount: Type.Integer({ minimum: -Number.MAX_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER }),
        reason: Type.String({ pattern: '^[A-Z][A-Z0-9_]{0,63}$' }),
        description: Type.Optional(Type.String({ maxLength: 500 })),
        /** Made by the page: asked twice, it is booked once. */
        key: Type.String({ pattern: '^[A-Za-z0-9-]{16,64}$' }),
      },
      closed,
    ),
    target: ({ playerId: id }) => `player ${id}`,
    before: (context, body) => goldOf(context, body.playerId),
    run: async (context, { playerId: id, key, ...booking }) => {
      const headers = { 'idempotency-key': key };
      const call = { method: 'POST', path: `/v1/players/${id}/gold`, body: booking, headers } as const;
      const result = await askService<{ balance: number }>(context, players, call);
      return { after: { gold: result.balance }, result };
    },
  }),
  defineAction({
    name: 'player.end-sessions',
    body: Type.Object({ playerId }, closed),
    target: ({ playerId: id }) => `player ${id}`,
    before: async (context, body) => sessionsOf(context, body.playerId),
    run: async (context, body) => {
      const path = `/v1/sessions?playerId=${body.playerId}`;
      const result = await askService(context, caches, { method: 'DELETE', path });
      return { after: await sessionsOf(context, body.playerId), result };
    },
  }),
];

async function goldOf(context: ConsoleContext, id: string) {
  const { gold } = await askService<{ gold: number }>(context, players, {
    method: 'GET',
    path: `/v1/players/${id}`,
  });
  return { gold };
}

async function sessionsOf(context: ConsoleContext, id: string) {
  const path = `/v1/sessions?playerId=${id}`;
  const { items } = await askService<{ items: unknown[] }>(context, caches, { method: 'GET', path });
  return { sessions: items.length };
}
