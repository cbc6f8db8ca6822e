import { Type, type Static } from 'typebox';
import { askService } from './ask-service.ts';
import { defineAction } from './action.ts';
import type { ConsoleContext } from './context.ts';

const name = Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$' });
const place = { balancer: name, listener: name };
const closed = { additionalProperties: false };

const strategyBody = Type.Object({ ...place, pool: Type.Optional(name), strategy: name }, closed);

const backendBody = Type.Object(
  {
    ...place,
    backend: name,
    weight: Type.Optional(Type.Integer({ minimum: 1, maximum: 256 })),
    maxConnections: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000 })),
    state: Type.Optional(Type.Enum(['enabled', 'draining', 'disabled'])),
    drainDeadlineMs: Type.Optional(Type.Integer({ minimum: 0, maximum: 86_400_000 })),
  },
  closed,
);
type BackendBody = Static<typeof backendBody>;

interface BackendSettings {
  readonly id: string;
  readonly weight: number;
  readonly maxConnections: number;
  readonly state: string;
}

const proxy = (id: string) => ({ service: 'lb-proxy', id });

/** What can be changed of the load balancers. */
export const balancerActions = [
  defineAction({
    name: 'balancer.strategy',
    body: strategyBody,
    target: ({ balancer, listener, pool }) => [balancer, listener, pool].filter(Boolean).join('/'),
    before: async (context, body) => strategyOf(context, body),
    run: async (context, body) => {
      const path = `/v1/strategy?${poolQuery(body)}`;
      const call = { method: 'PUT', path, body: { name: body.strategy } } as const;
      await askService(context, proxy(body.balancer), call);
      return { after: await strategyOf(context, body) };
    },
  }),
  defineAction({
    name: 'balancer.backend',
    body: backendBody,
    target: ({ balancer, listener, backend }) => `${balancer}/${listener}/${backend}`,
    before: async (context, body) => settingsOf(await readBackend(context, body)),
    run: async (context, body) => {
      const { balancer, listener, backend, ...change } = body;
      const path = `/v1/backends/${backend}?listener=${listener}`;
      const call = { method: 'PATCH', path, body: change } as const;
      return { after: settingsOf(await askService<BackendSettings>(context, proxy(balancer), call)) };
    },
  }),
];

async function strategyOf(context: ConsoleContext, body: Static<typeof strategyBody>) {
  const path = `/v1/strategy?${poolQuery(body)}`;
  const found = await askService<{ name: string }>(context, proxy(body.balancer), { method: 'GET', path });
  return { strategy: found.name };
}

function readBackend(context: ConsoleContext, { balancer, listener, backend }: BackendBody) {
  const path = `/v1/backends/${backend}?listener=${listener}`;
  return askService<BackendSettings>(context, proxy(balancer), { method: 'GET', path });
}

function settingsOf({ weight, maxConnections, state }: BackendSettings) {
  return { weight, maxConnections, state };
}

function poolQuery({ listener, pool }: { readonly listener: string; readonly pool?: string }): string {
  return new URLSearchParams({ listener, ...(pool === undefined ? {} : { pool }) }).toString();
}
