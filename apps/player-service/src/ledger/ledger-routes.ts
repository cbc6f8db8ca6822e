import { bearerSecurity, refusals, type HanokServer } from '@hanok/service-kit';
import type { FastifyReply } from 'fastify';
import { invalidValue } from '../domain/errors.ts';
import { requireSelf, requireServer } from '../http/principal.ts';
import { sendAnswer, writeRequest } from '../http/respond.ts';
import type { RouteContext } from '../http/route-context.ts';
import { playerIdParams, unsafeHeaders } from '../http/schemas.ts';
import { parsePlayerId } from '../players/player-row.ts';
import { GOLD, goldRules, requireCurrency } from './currencies.ts';
import { auditMetrics } from '../observe/audit-metrics.ts';
import { audit, type AuditReport } from './audit.ts';
import { listEntries } from './ledger-entries.ts';
import {
  adjustGoldBody,
  auditSchema,
  bookedSchema,
  ledgerPageSchema,
  ledgerQuery,
  transferBody,
  transferredSchema,
} from './ledger-schemas.ts';
import { adjust, transfer } from './ledger.ts';

const tags = ['ledger'];

/** Everything that moves gold or proves where it went. */
export function addLedgerRoutes(server: HanokServer, context: RouteContext): void {
  const { database, writes } = context;
  const noteAudit = auditMetrics(server.metricsRegistry, context.clock);

  server.post(
    '/v1/players/:id/gold',
    {
      schema: {
        tags,
        summary: 'Give gold to a player, or take it',
        description:
          'Books the amount against the bank. A balance never becomes negative. Send an Idempotency-Key: a retry then cannot pay twice. Needs a server credential.',
        security: bearerSecurity,
        params: playerIdParams,
        headers: unsafeHeaders,
        body: adjustGoldBody,
        response: { 201: bookedSchema, ...refusals(401, 403, 404, 409, 413) },
      },
    },
    async (request, reply) => {
      const principal = await context.identify(request);
      requireServer(principal, 'gold:write', 'Giving or taking gold');
      const id = parsePlayerId(request.params.id);
      const { amount, ...purpose } = request.body;
      if (amount === 0) throw invalidValue('amount', 'not', 'must not be 0');
      const answer = await writes.run(writeRequest(request, principal), async (tx) => {
        const { transactionId, balance, events } = await adjust(
          tx,
          { playerId: id, currency: goldRules, amount },
          purpose,
        );
        const body = { transactionId: String(transactionId), playerId: String(id), amount, balance };
        return { status: 201, body, touched: [id], events };
      });
      return sendAnswer(reply, answer);
    },
  );

  server.post(
    '/v1/transfers',
    {
      schema: {
        tags,
        summary: 'Move gold, or another currency, from one player to another',
        description: 'Both balances change together or not at all. Needs a server credential.',
        security: bearerSecurity,
        headers: unsafeHeaders,
        body: transferBody,
        response: { 201: transferredSchema, ...refusals(401, 403, 404, 409, 413) },
      },
    },
    async (request, reply) => {
      const principal = await context.identify(request);
      requireServer(principal, 'gold:write', 'Moving gold');
      const { fromPlayerId, toPlayerId, amount, currency: name = GOLD, ...purpose } = request.body;
      const currency = requireCurrency(context.currencies, name);
      if (fromPlayerId === toPlayerId) throw invalidValue('toPlayerId', 'not', 'must be another player');
      const from = parsePlayerId(fromPlayerId);
      const to = parsePlayerId(toPlayerId);
      const answer = await writes.run(writeRequest(request, principal), async (tx) => {
        const { transactionId, events, ...balances } = await transfer(
          tx,
          { from, to, currency, amount },
          purpose,
        );
        const body = { transactionId: String(transactionId), currency: name, amount, ...balances };
        return { status: 201, body, touched: [from, to], events };
      });
      return sendAnswer(reply, answer);
    },
  );

  server.get(
    '/v1/players/:id/ledger',
    {
      schema: {
        tags,
        summary: 'Where the gold of a player came from and went, newest first',
        description: 'Players read their own, servers anybody’s, deleted players included.',
        security: bearerSecurity,
        params: playerIdParams,
        querystring: ledgerQuery,
        response: { 200: ledgerPageSchema, ...refusals(401, 403, 404) },
      },
    },
    async (request) => {
      requireSelf(await context.identify(request), request.params.id, 'players:read');
      return listEntries(database, parsePlayerId(request.params.id), request.query);
    },
  );

  server.get(
    '/v1/audit',
    {
      schema: {
        tags,
        summary: 'Prove that no coin was lost or minted',
        description:
          'Compares every balance with the sum of its entries, and every transaction with zero, on one snapshot of the database. ' +
          'It reads everything. Needs a server credential.',
        security: bearerSecurity,
        response: { 200: auditSchema, ...refusals(401, 403) },
      },
    },
    async (request, reply) => {
      requireServer(await context.identify(request), 'audit:read', 'The audit');
      const report = await audit(database);
      noteAudit(report);
      return sendReport(reply, report);
    },
  );
}

/** Sums of all balances may pass 2^53, so they are bigints here; the serializer writes them as JSON integers. */
function sendReport(reply: FastifyReply, report: AuditReport): FastifyReply {
  return reply.code(200).header('cache-control', 'no-store').send(report);
}
