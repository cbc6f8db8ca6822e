import { bearerSecurity, refusals, problems, type HanokServer } from '@hanok/service-kit';
import { Type } from 'typebox';
import { etagOf, isFresh, parseIfMatch } from '../http/etag.ts';
import { mayAct, requireSelf, requireServer, type Principal } from '../http/principal.ts';
import { sendAnswer, sendEmpty, sendJson, writeRequest } from '../http/respond.ts';
import type { RouteContext } from '../http/route-context.ts';
import { playerIdParams, unsafeHeaders } from '../http/schemas.ts';
import { deletePlayer, restorePlayer } from './deletion.ts';
import { parsePlayerId, playerNotFound, toView, type LivePlayer } from './player-row.ts';
import {
  createPlayerBody,
  ifMatchHeader,
  listPlayersQuery,
  patchPlayerBody,
  playerPageSchema,
  playerSchema,
} from './player-schemas.ts';
import { listPlayers } from './player-search.ts';
import { createPlayer, draftPlayer, draftRevision, revisePlayer } from './players.ts';
import { playerEvent, type ChangeEvent } from '../webhooks/event-types.ts';

const tags = ['players'];
const conditionalHeaders = Type.Object({ ...unsafeHeaders.properties, 'if-match': ifMatchHeader });

/** Routes under `/v1/players` that concern the player itself. */
export function addPlayerRoutes(server: HanokServer, context: RouteContext): void {
  const { writes, copies, hasher } = context;

  server.post(
    '/v1/players',
    {
      schema: {
        tags,
        summary: 'Create a player',
        description: 'Anybody may register; `level`, `experience` and `gold` need a server credential.',
        headers: unsafeHeaders,
        body: createPlayerBody,
        response: { 201: playerSchema, ...refusals(401, 403, 409, 413) },
      },
    },
    async (request, reply) => {
      const principal = await context.identify(request);
      requireServerFields(principal, request.body);
      const draft = await draftPlayer(request.body, hasher);
      const answer = await writes.run(writeRequest(request, principal), async (tx) => {
        const { player, events } = await createPlayer(tx, draft);
        const headers = { location: `/v1/players/${player.id}`, etag: etagOf(player.version) };
        return { ...answering(201, player, events), headers };
      });
      return sendAnswer(reply, answer);
    },
  );

  server.get(
    '/v1/players',
    {
      schema: {
        tags,
        summary: 'Search players',
        description:
          'In the order of names where `usernamePrefix` is given, else of levels where these are, else of ids. Needs a server credential.',
        security: bearerSecurity,
        querystring: listPlayersQuery,
        response: { 200: playerPageSchema, ...refusals(401, 403) },
      },
    },
    async (request) => {
      requireServer(await context.identify(request), 'players:read', 'Searching players');
      return listPlayers(context.database, request.query);
    },
  );

  server.get(
    '/v1/players/:id',
    {
      schema: {
        tags,
        summary: 'Read a player',
        description:
          'Players read themselves, servers anybody. With If-None-Match an unchanged player is a 304.',
        security: bearerSecurity,
        params: playerIdParams,
        response: {
          200: playerSchema,
          304: Type.Null({ description: 'Not modified' }),
          ...refusals(401, 403, 404),
        },
      },
    },
    async (request, reply) => {
      requireSelf(await context.identify(request), request.params.id, 'players:read');
      const player = await copies.read(parsePlayerId(request.params.id));
      if (player === undefined) throw playerNotFound(request.params.id);
      void reply.header('etag', etagOf(player.version)).header('cache-control', 'no-cache');
      if (isFresh(request.headers['if-none-match'], player.version)) return sendEmpty(reply, 304);
      return sendJson(reply, player.body);
    },
  );

  server.patch(
    '/v1/players/:id',
    {
      schema: {
        tags,
        summary: 'Change a player',
        security: bearerSecurity,
        params: playerIdParams,
        headers: conditionalHeaders,
        body: patchPlayerBody,
        response: { 200: playerSchema, ...refusals(401, 403, 404, 409, 412, 413, 428) },
      },
    },
    async (request, reply) => {
      const principal = await context.identify(request);
      requireSelf(principal, request.params.id, 'players:write');
      requireServerFields(principal, request.body);
      const id = parsePlayerId(request.params.id);
      const ifMatch = parseIfMatch(request.headers['if-match']);
      const revision = await draftRevision(request.body, hasher);
      const answer = await writes.run(writeRequest(request, principal), async (tx) => {
        const { player, events } = await revisePlayer(tx, id, revision, ifMatch);
        return answering(200, player, events);
      });
      // Whoever changes credentials may have done so because somebody else knows the old ones.
      if (revision.passwordHash !== undefined || revision.deviceKey !== undefined) {
        await context.logIn.endOthers(
          request.params.id,
          principal.kind === 'player' ? principal.token : undefined,
        );
      }
      return sendAnswer(reply, answer);
    },
  );

  server.delete(
    '/v1/players/:id',
    {
      schema: {
        tags,
        summary: 'Delete a player',
        description:
          'Ends all its sessions. Its personal data is erased when the undo window is over; its ledger entries stay, without a name.',
        security: bearerSecurity,
        params: playerIdParams,
        headers: conditionalHeaders,
        response: { 204: Type.Null({ description: 'Deleted' }), ...refusals(401, 403, 404, 412) },
      },
    },
    async (request, reply) => {
      const principal = await context.identify(request);
      requireSelf(principal, request.params.id, 'players:write');
      const id = parsePlayerId(request.params.id);
      const ifMatch = parseIfMatch(request.headers['if-match']);
      const answer = await writes.run(writeRequest(request, principal), async (tx) => {
        const now = context.clock.now();
        const events = await deletePlayer(tx, id, { now, undoMs: context.undoMs, ifMatch });
        return { status: 204, body: undefined, touched: [id], events };
      });
      await context.logIn.endAllBestEffort(request.params.id);
      return sendAnswer(reply, answer);
    },
  );

  server.post(
    '/v1/players/:id/restore',
    {
      schema: {
        tags,
        summary: 'Take a deletion back',
        description: 'Within the undo window. Needs a server credential.',
        security: bearerSecurity,
        params: playerIdParams,
        headers: unsafeHeaders,
        response: { 200: playerSchema, ...refusals(401, 403, 404) },
      },
    },
    async (request, reply) => {
      const principal = await context.identify(request);
      requireServer(principal, 'players:write', 'Restoring a player');
      const id = parsePlayerId(request.params.id);
      const answer = await writes.run(writeRequest(request, principal), async (tx) => {
        const player = await restorePlayer(tx, id, { now: context.clock.now(), undoMs: context.undoMs });
        return answering(200, player, [playerEvent('player.restored', id, player.version)]);
      });
      return sendAnswer(reply, answer);
    },
  );
}

function answering(status: number, player: LivePlayer, events: readonly ChangeEvent[]) {
  return {
    status,
    headers: { etag: etagOf(player.version) },
    body: toView(player),
    touched: [player.id],
    personalOf: player.id,
    events,
  };
}

/** Fields that decide what a player is worth, and the scope it takes to set them: no player may, not even its own. */
const SERVER_FIELDS = { level: 'players:write', experience: 'players:write', gold: 'gold:write' } as const;

function requireServerFields(
  principal: Principal,
  body: Partial<Record<keyof typeof SERVER_FIELDS, unknown>>,
): void {
  for (const field of ['level', 'experience', 'gold'] as const) {
    if (body[field] === undefined || mayAct(principal, SERVER_FIELDS[field])) continue;
    const message = `needs a server credential with the scope ${SERVER_FIELDS[field]}`;
    throw problems.forbidden({
      detail: `Setting ${field} ${message}`,
      errors: [{ field: `body.${field}`, rule: 'permission', message }],
    });
  }
}
