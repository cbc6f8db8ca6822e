import { isIP } from 'node:net';
import { problems, requireAdmin, type Clock, type HanokServer } from '@hanok/service-kit';
import type { Balancer } from '../balancer.ts';
import type { ListenerSet } from '../listeners/listener-set.ts';
import { reportBackend } from '../observe/statistics.ts';
import type { Backend, BackendChange } from '../pool/backend.ts';
import { requirePool } from './require-pool.ts';
import {
  backendChange,
  backendList,
  backendView,
  idParams,
  listenerQuery,
  newBackend,
  nothing,
  removeQuery,
} from './schemas.ts';

const tags = ['backends'];
const preHandler = requireAdmin;

/** `/v1/backends`: list, add, change, drain and remove backends at run time. */
export function addBackendRoutes(server: HanokServer, listeners: ListenerSet, clock: Clock): void {
  const view = (balancer: Balancer, backend: Backend) =>
    reportBackend(balancer, backend, clock.monotonicMs());

  server.get(
    '/v1/backends',
    {
      preHandler,
      schema: {
        tags,
        summary: 'All backends by id',
        querystring: listenerQuery,
        response: { 200: backendList },
      },
    },
    (request) => {
      const balancer = listeners.get(request.query.listener);
      return { items: balancer.backends.list().map((backend) => view(balancer, backend)), nextCursor: null };
    },
  );

  server.get(
    '/v1/backends/:id',
    {
      preHandler,
      schema: {
        tags,
        summary: 'One backend',
        params: idParams,
        querystring: listenerQuery,
        response: { 200: backendView },
      },
    },
    (request) => {
      const balancer = listeners.get(request.query.listener);
      return view(balancer, balancer.backends.get(request.params.id));
    },
  );

  server.post(
    '/v1/backends',
    {
      preHandler,
      schema: {
        tags,
        summary: 'Add a backend',
        body: newBackend,
        querystring: listenerQuery,
        response: { 201: backendView },
      },
    },
    async (request, reply) => {
      const { id, host, port, weight = 1, state = 'enabled', pool } = request.body;
      requireUsableHost(host);
      const balancer = listeners.get(request.query.listener);
      requirePool(balancer, pool, 'body.pool');
      const place = pool === undefined ? {} : { pool };
      const { maxConnections = balancer.backends.settingsOf(place).maxConnectionsPerBackend } = request.body;
      const spec = { id, host, port, weight, maxConnections, state, source: 'api' } as const;
      const backend = balancer.backends.add({ ...spec, ...place });
      return reply.code(201).header('location', `/v1/backends/${id}`).send(view(balancer, backend));
    },
  );

  server.patch(
    '/v1/backends/:id',
    {
      preHandler,
      schema: {
        tags,
        summary: 'Change weight, limit or state of a backend',
        params: idParams,
        querystring: listenerQuery,
        body: backendChange,
        response: { 200: backendView },
      },
    },
    (request) => {
      const { drainDeadlineMs, ...change } = request.body;
      const balancer = listeners.get(request.query.listener);
      if (drainDeadlineMs !== undefined) requireDraining(change);
      return view(balancer, balancer.backends.change(request.params.id, change, drainDeadlineMs));
    },
  );

  server.delete(
    '/v1/backends/:id',
    {
      preHandler,
      schema: {
        tags,
        summary: 'Remove a backend; its open connections go on unless closeConnections is set',
        params: idParams,
        querystring: removeQuery,
        response: { 204: nothing },
      },
    },
    async (request, reply) => {
      const balancer = listeners.get(request.query.listener);
      const { spec } = balancer.backends.get(request.params.id);
      if (spec.source === 'discovery') {
        throw problems.conflict({
          detail: `${spec.id} comes from discovery and would return; set its state to draining or disabled`,
          errors: [{ field: 'params.id', rule: 'source', message: 'is kept by discovery' }],
        });
      }
      balancer.backends.remove(spec.id, request.query.closeConnections ?? false);
      return reply.code(204).send(null);
    },
  );
}

/** What looks like an IP address must be one: a name lookup would only hide the mistake. */
function requireUsableHost(host: string): void {
  const looksLikeAddress = host.includes(':') || /^[\d.]+$/.test(host);
  if (!looksLikeAddress || isIP(host) !== 0) return;
  throw problems.validation({
    detail: `body.host ${host} is neither a name nor an IP address`,
    errors: [{ field: 'body.host', rule: 'address', message: 'must be a name or an IP address' }],
  });
}

function requireDraining({ state }: BackendChange): void {
  if (state === 'draining') return;
  throw problems.validation({
    detail: 'body.drainDeadlineMs needs the state draining beside it',
    errors: [{ field: 'body.drainDeadlineMs', rule: 'draining', message: 'needs the state draining' }],
  });
}
