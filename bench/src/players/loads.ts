import { call } from './api.ts';
import type { PlayerService } from './player-service.ts';
import { asServerWithJson } from './settings.ts';
import { cycling } from './wrk.ts';

/** Different requests that a load goes round. */
const REQUESTS = 1_000;

/** Players who read themselves, spread evenly over the ids from 1 to `players`, each with a session. */
export async function readsOfOneself(service: PlayerService, players: number): Promise<string> {
  const requests = [];
  for (const id of spreadIds(players)) {
    const { token } = await call(`${service.url}/v1/sessions`, {
      method: 'POST',
      body: { playerId: String(id) },
      status: 201,
    });
    const headers = { authorization: `Bearer ${String(token)}` };
    requests.push({ method: 'GET', path: `/v1/players/${id}`, headers });
  }
  return cycling(requests);
}

/** A server that sets levels of players, spread evenly. */
export function updatesOfLevels(method: 'PATCH' | 'PUT', players: number): string {
  return cycling(
    spreadIds(players).map((id, index) => ({
      method,
      path: `/v1/players/${id}`,
      headers: asServerWithJson,
      body: JSON.stringify({ level: (index % 90) + 1 }),
    })),
  );
}

/** At most a thousand ids, in an order that jumps, so that neighbours in time are not neighbours on a page. */
function spreadIds(players: number): number[] {
  const count = Math.min(REQUESTS, players);
  const step = players / count;
  return Array.from({ length: count }, (_, index) => Math.floor(((index * 617) % count) * step) + 1);
}
