import type { HanokServer } from '@hanok/service-kit';
import type { Action } from './action.ts';
import { balancerActions } from './balancer-actions.ts';
import { campaignActions, addCampaignPreview } from './campaign-actions.ts';
import { cacheActions } from './cache-actions.ts';
import { clusterActions } from './cluster-actions.ts';
import type { ConsoleContext } from './context.ts';
import { playerActions } from './player-actions.ts';

/** Everything that can be changed through the console. */
export const actions: readonly Action[] = [
  ...balancerActions,
  ...clusterActions,
  ...playerActions,
  ...campaignActions,
  ...cacheActions,
];

/** `POST /console/api/actions/{name}`: for operators, written to the audit log with what was there before and after. */
export function addActionRoutes(server: HanokServer, context: ConsoleContext): void {
  for (const action of actions) addAction(server, context, action);
  addCampaignPreview(server, context);
}

function addAction(server: HanokServer, context: ConsoleContext, action: Action): void {
  const { gate, audit } = context;
  server.post(
    `/console/api/actions/${action.name}`,
    { preHandler: gate.requiring('operator'), schema: { hide: true, body: action.body } },
    async (request, reply) => {
      const body = request.body as Record<string, unknown>;
      const { name, role } = gate.require(request, 'operator');
      const before = await action.before(context, body).catch(() => null);
      const entry = {
        who: { name, role, address: request.ip },
        action: action.name,
        target: action.target(body),
        before,
      };
      try {
        const { after, result = after } = await action.run(context, body);
        await audit.record({ ...entry, after, outcome: 'done', detail: '' });
        return await reply.send({ result });
      } catch (error) {
        await audit.record({ ...entry, after: null, outcome: 'failed', detail: (error as Error).message });
        throw error;
      }
    },
  );
}
