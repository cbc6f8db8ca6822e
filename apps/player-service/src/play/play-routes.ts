import {
  chatRoutes,
  counterRoutes,
  leaderboardRoutes,
  type Cache,
  type Caller,
  type CallerOf,
} from '@hanok/cache-client';
import type { HanokServer } from '@hanok/service-kit';
import { mayAct, requireServer, unauthorized, type Principal } from '../http/principal.ts';
import type { RouteContext } from '../http/route-context.ts';
import { rememberPlay } from './remembered-play.ts';

/**
 * Leaderboards, chat and counters, as cache-service has them, so that a game reaches everything at one address.
 * Players submit their own scores and speak for themselves; what else writes needs a server credential.
 */
export function addPlayRoutes(server: HanokServer, context: RouteContext, cache: Cache): void {
  const identify = rememberPlay(server, context);
  const { clock, identifyAgain } = context;
  const callerOf: CallerOf = async (request) => toCaller(await identify(request));
  const stillCallerOf: CallerOf = async (request) => toCaller(await identifyAgain(request));
  leaderboardRoutes(server, { leaderboards: cache.leaderboards, callerOf });
  chatRoutes(server, { chat: cache.chat, callerOf, stillCallerOf, clock });
  counterRoutes(server, { counters: cache.counters, callerOf });
}

/** @throws Problem 401 or 403 for whoever is neither a player nor a server that may play for others. */
function toCaller(principal: Principal): Caller {
  if (mayAct(principal, 'play:write')) return { kind: 'service' };
  if (principal.kind === 'player') return { kind: 'player', playerId: principal.playerId };
  requireServer(principal, 'play:write', 'Playing for others');
  throw unauthorized('Log in first (POST /v1/sessions), or send the service credential');
}
