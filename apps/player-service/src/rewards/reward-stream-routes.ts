import { endWithServer, EventStream } from '@hanok/cache-client';
import { bearerSecurity, problems, refusals, type HanokServer, type Timer } from '@hanok/service-kit';
import { requireServer } from '../http/principal.ts';
import type { RouteContext } from '../http/route-context.ts';
import { rewards, type RewardRow } from '../storage/entities.ts';
import { getReward, toRewardView } from './reversal.ts';
import { rewardParams } from './reward-schemas.ts';

/** How often the row is looked at, whichever process gives the reward. */
const LOOK_MS = 500;
const MAX_STREAMS = 100;

/** `/v1/rewards/{id}/stream`: the progress of a reward as it is made. */
export function addRewardStreamRoutes(server: HanokServer, context: RouteContext): void {
  const { database, clock } = context;
  const streams = endWithServer(server);

  server.get(
    '/v1/rewards/:id/stream',
    {
      schema: {
        tags: ['rewards'],
        summary: 'Follow a reward by server-sent events',
        description:
          'The reward as `GET /v1/rewards/{id}` shows it, now and after each change; the stream ends when it is done. Needs a server credential.',
        security: bearerSecurity,
        params: rewardParams,
        response: refusals(401, 403, 404),
      },
    },
    async (request, reply) => {
      requireServer(await context.identify(request), 'rewards:read', 'Reading rewards');
      const first = await getReward(database, request.params.id);
      if (streams.size >= MAX_STREAMS) {
        throw problems.unavailable({
          detail: `${MAX_STREAMS} rewards are followed already`,
          retryAfterSeconds: 5,
        });
      }
      const stream = new EventStream();
      let timer: Timer | undefined;
      let shown: string | undefined;
      const show = (row: RewardRow): void => {
        const id = `${row.status}-${row.progress}`;
        if (id !== shown) stream.send([{ id, data: toRewardView(row) }]);
        shown = id;
        if (row.status === 'done') stream.end();
        else timer = clock.setTimer(LOOK_MS, () => void look());
      };
      const look = async (): Promise<void> => {
        try {
          show(await database.repository(rewards).getById(first.id));
        } catch (error) {
          request.log.warn({ err: error }, 'a stream of a reward ended; its reader connects again');
          stream.end();
        }
      };
      streams.add(stream);
      stream.open(reply, () => {
        timer?.cancel();
        streams.delete(stream);
      });
      show(first);
    },
  );
}
