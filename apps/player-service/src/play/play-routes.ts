import { chatRoutes, counterRoutes, leaderboardRoutes, type Cache, type CallerOf } from '@hanok/cache-client';
import type { HanokServer } from '@hanok/service-kit';
import { mayAct, requireServer, unauthorized } from '../http/principal.ts';
import type { RouteContext } from '../http/route-context.ts';
import { rememberPlay } from './remembered-play.ts';

/**
 * Leaderboards, chat and counters, as cache-service has them, so that a game reaches everything at one address.
 * Players submit their own scores and speak for themselves; what else writes needs a server credential.
 */
export function addPlayRoutes(server: HanokServer, context: RouteContext, cache: Cache): void {
  const identify = rememberPlay(server, context);
  const callerOf: CallerOf = async (request) => {
    const principal = await identify(request);
    if (mayAct(principal, 'play:write')) return { kind: 'service' };
    if (principal.kind === 'player') return { kind: 'player', playerId: principal.playerId };
    requireServer(principal, 'play:write', 'Playing for others');
    throw unauthorized('Log in first (POST /v1/sessions), or send the service credential');
  };
  leaderboardRoutes(server, { leaderboards: cache.leaderboards, callerOf });
  chatRoutes(server, { chat: cache.chat, callerOf });
  counterRoutes(server, { counters: cache.counters, callerOf });
}
