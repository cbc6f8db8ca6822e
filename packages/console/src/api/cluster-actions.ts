import { problems } from '@hanok/service-kit';
import { Type } from 'typebox';
import { askService } from './ask-service.ts';
import { defineAction } from './action.ts';
import type { ConsoleContext } from './context.ts';

const id = Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$' });
const closed = { additionalProperties: false };

interface Place {
  readonly balancer: string;
  readonly listener: string;
}

interface DrainedPlace extends Place {
  readonly state: string;
}

/** What can be changed of the cluster. */
export const clusterActions = [
  defineAction({
    name: 'cluster.step-down',
    body: Type.Object({}, closed),
    target: () => 'leader',
    before: async (context) => leaderOf(context),
    run: async (context) => {
      await context.source.stepDown();
      return { after: leaderOf(context) };
    },
  }),
  defineAction({
    name: 'cluster.drain',
    body: Type.Object({ id, isDraining: Type.Boolean() }, closed),
    target: ({ id: service }) => service,
    before: (context, { id: service }) => statesOf(context, service),
    run: async (context, { id: service, isDraining }) => {
      const places = await statesOf(context, service);
      if (places.length === 0) {
        throw problems.notFound({ detail: `No load balancer sends connections to ${service}` });
      }
      const state = isDraining ? 'draining' : 'enabled';
      for (const { balancer, listener } of places) {
        const path = `/v1/backends/${service}?listener=${listener}`;
        await askService(
          context,
          { service: 'lb-proxy', id: balancer },
          { method: 'PATCH', path, body: { state } },
        );
      }
      return { after: await statesOf(context, service) };
    },
  }),
  defineAction({
    name: 'cluster.remove-service',
    body: Type.Object({ id }, closed),
    target: ({ id: service }) => service,
    before: async ({ source }, { id: service }) =>
      source.services().find((each) => each.id === service) ?? null,
    run: async ({ source }, { id: service }) => {
      if (!(await source.removeService(service))) {
        throw problems.notFound({ detail: `No service ${service} is registered` });
      }
      return { after: null };
    },
  }),
];

function leaderOf({ source }: ConsoleContext) {
  const { leaderId, term } = source.cluster();
  return { leaderId, term };
}

/** Every place of a load balancer that a service is a backend at. */
async function statesOf(context: ConsoleContext, service: string): Promise<DrainedPlace[]> {
  const balancers = context.source
    .services()
    .filter((each) => each.service === 'lb-proxy' && each.state !== 'dead');
  const places = await Promise.all(balancers.map((each) => listenersOf(context, each.id)));
  const found = await Promise.all(
    places.flat().map(async (place): Promise<DrainedPlace[]> => {
      const path = `/v1/backends/${service}?listener=${place.listener}`;
      const proxy = { service: 'lb-proxy', id: place.balancer };
      try {
        const { state } = await askService<{ state: string }>(context, proxy, { method: 'GET', path });
        return [{ ...place, state }];
      } catch {
        return [];
      }
    }),
  );
  return found.flat();
}

async function listenersOf(context: ConsoleContext, balancer: string): Promise<Place[]> {
  const { items } = await askService<{ items: { name: string }[] }>(
    context,
    { service: 'lb-proxy', id: balancer },
    { method: 'GET', path: '/v1/listeners' },
  );
  return items.map(({ name }) => ({ balancer, listener: name }));
}
