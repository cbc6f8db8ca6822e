import { bearerSecurity, refusals, type HanokServer } from '@hanok/service-kit';
import { invalidValue } from '../domain/errors.ts';
import { requireSelf, requireServer } from '../http/principal.ts';
import { sendAnswer, writeRequest } from '../http/respond.ts';
import type { RouteContext } from '../http/route-context.ts';
import { playerIdParams, unsafeHeaders } from '../http/schemas.ts';
import { parsePlayerId } from '../players/player-row.ts';
import { listBalances } from './balances.ts';
import { GOLD, requireCurrency } from './currencies.ts';
import { adjustGoldBody, balanceBookedSchema, balanceParams, balancesSchema } from './ledger-schemas.ts';
import { adjust } from './ledger.ts';

const tags = ['ledger'];

/** `/v1/players/{id}/balances`: what a player holds of each currency. */
export function addBalanceRoutes(server: HanokServer, context: RouteContext): void {
  const { database, writes, currencies } = context;

  server.get(
    '/v1/players/:id/balances',
    {
      schema: {
        tags,
        summary: 'What a player holds of each currency',
        description: 'Players read their own, servers anybody’s.',
        security: bearerSecurity,
        params: playerIdParams,
        response: { 200: balancesSchema, ...refusals(401, 403, 404) },
      },
    },
    async (request) => {
      requireSelf(await context.identify(request), request.params.id, 'players:read');
      return { items: await listBalances(database, parsePlayerId(request.params.id), currencies) };
    },
  );

  server.post(
    '/v1/players/:id/balances/:currency',
    {
      schema: {
        tags,
        summary: 'Give a currency to a player, or take it',
        description:
          'As `POST /v1/players/{id}/gold`, for any declared currency. Needs a server credential with the scope gold:write.',
        security: bearerSecurity,
        params: balanceParams,
        headers: unsafeHeaders,
        body: adjustGoldBody,
        response: { 201: balanceBookedSchema, ...refusals(401, 403, 404, 409, 413) },
      },
    },
    async (request, reply) => {
      const principal = await context.identify(request);
      requireServer(principal, 'gold:write', 'Giving or taking a currency');
      const currency = requireCurrency(currencies, request.params.currency, 'params.currency');
      const playerId = parsePlayerId(request.params.id);
      const { amount, ...purpose } = request.body;
      if (amount === 0) throw invalidValue('amount', 'not', 'must not be 0');
      const answer = await writes.run(writeRequest(request, principal), async (tx) => {
        const done = await adjust(tx, { playerId, currency, amount }, purpose);
        const body = {
          transactionId: String(done.transactionId),
          playerId: String(playerId),
          currency: currency.name,
          amount,
          balance: done.balance,
        };
        // Gold alone is part of the cached player.
        const touched = currency.name === GOLD ? [playerId] : [];
        return { status: 201, body, touched, events: done.events };
      });
      return sendAnswer(reply, answer);
    },
  );
}
