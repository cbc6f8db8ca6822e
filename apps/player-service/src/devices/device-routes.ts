import { bearerSecurity, refusals, type HanokServer } from '@hanok/service-kit';
import { Type } from 'typebox';
import { requireSelf } from '../http/principal.ts';
import { sendAnswer, writeRequest } from '../http/respond.ts';
import type { RouteContext } from '../http/route-context.ts';
import { playerIdParams, unsafeHeaders } from '../http/schemas.ts';
import { lockPlayer, parsePlayerId } from '../players/player-row.ts';
import { playerEvent } from '../webhooks/event-types.ts';
import { deviceParams, deviceSchema, devicesSchema, linkDeviceBody } from './device-schemas.ts';
import { FIRST_DEVICE, linkDevice, listDevices, toDeviceView, unlinkDevice } from './devices.ts';

const tags = ['devices'];

/** `/v1/players/{id}/devices`: the devices that log a player in without a password. */
export function addDeviceRoutes(server: HanokServer, context: RouteContext): void {
  const { database, writes } = context;

  server.get(
    '/v1/players/:id/devices',
    {
      schema: {
        tags,
        summary: 'List the devices of a player',
        security: bearerSecurity,
        params: playerIdParams,
        response: { 200: devicesSchema, ...refusals(401, 403, 404) },
      },
    },
    async (request) => {
      requireSelf(await context.identify(request), request.params.id, 'players:read');
      return { items: await listDevices(database, parsePlayerId(request.params.id)) };
    },
  );

  server.post(
    '/v1/players/:id/devices',
    {
      schema: {
        tags,
        summary: 'Link a further device',
        description: 'It can log the player in from now on. At most 20 beside the first.',
        security: bearerSecurity,
        params: playerIdParams,
        headers: unsafeHeaders,
        body: linkDeviceBody,
        response: { 201: deviceSchema, ...refusals(401, 403, 404, 409, 413) },
      },
    },
    async (request, reply) => {
      const principal = await context.identify(request);
      requireSelf(principal, request.params.id, 'players:write');
      const id = parsePlayerId(request.params.id);
      const answer = await writes.run(writeRequest(request, principal), async (tx) => {
        const row = await linkDevice(tx, id, request.body);
        return { status: 201, body: toDeviceView(row), touched: [], personalOf: id };
      });
      return sendAnswer(reply, answer);
    },
  );

  server.delete(
    '/v1/players/:id/devices/:device',
    {
      schema: {
        tags,
        summary: 'Unlink a device',
        description: 'It can no longer log in, and all sessions but that of the request end.',
        security: bearerSecurity,
        params: deviceParams,
        headers: unsafeHeaders,
        response: { 204: Type.Null({ description: 'Unlinked' }), ...refusals(401, 403, 404, 409) },
      },
    },
    async (request, reply) => {
      const principal = await context.identify(request);
      requireSelf(principal, request.params.id, 'players:write');
      const id = parsePlayerId(request.params.id);
      const { device } = request.params;
      const answer = await writes.run(writeRequest(request, principal), async (tx) => {
        await unlinkDevice(tx, id, device);
        if (device !== FIRST_DEVICE) return { status: 204, body: undefined, touched: [] };
        const { version } = await lockPlayer(tx, id);
        const events = [playerEvent('player.updated', id, version)];
        return { status: 204, body: undefined, touched: [id], events };
      });
      const own = principal.kind === 'player' ? principal.token : undefined;
      await context.logIn.endOthers(request.params.id, own);
      return sendAnswer(reply, answer);
    },
  );
}
