import { requireAdmin } from '@hanok/service-kit';
import type { HanokServer } from '@hanok/service-kit';
import { Type } from 'typebox';
import { clusterStatus } from '../cluster/cluster-status.ts';
import type { RouteContext } from './context.ts';
import { nodeStateSchema, problemResponses, roleSchema, staleSchema } from './schemas.ts';

const nullableInteger = Type.Union([Type.Integer(), Type.Null()]);
const nullableString = Type.Union([Type.String(), Type.Null()]);

/** A voter or a learner. */
export const voterSchema = Type.Object({
  id: Type.String(),
  host: Type.String(),
  port: Type.Integer(),
  connected: Type.Boolean(),
  match: Type.Union([Type.Integer(), Type.Null()], {
    description: 'As leader: up to which entry it has the log on disk',
  }),
  heardAgoMs: nullableInteger,
  trusted: Type.Boolean({
    description: 'False after it lost its disk: it is not counted; see docs/operations/coordinator.md',
  }),
  storageId: nullableString,
});

/** This coordinator as a voter. */
const raftSchema = Type.Object({
  role: Type.String(),
  commitIndex: Type.Integer(),
  firstIndex: Type.Integer(),
  lastIndex: Type.Integer(),
  leaseMs: Type.Integer({ description: 'As leader: milliseconds its lease still runs' }),
  voters: Type.Array(voterSchema),
  learners: Type.Array(voterSchema, { description: 'Brought up to date, to become voters' }),
  lastElection: Type.Union(
    [
      Type.Object({
        term: Type.Integer(),
        leaderId: Type.String(),
        reason: Type.Union([Type.Literal('start'), Type.Literal('silence'), Type.Literal('transfer')], {
          description:
            "Why: the cluster's first, the leader was not heard for an election timeout, or it handed over",
        }),
        at: Type.Union([Type.String(), Type.Null()], {
          description: 'When this coordinator learnt of it, ISO 8601; null: before it started',
        }),
      }),
      Type.Null(),
    ],
    { description: 'Null while it is not known' },
  ),
  changePending: Type.Boolean({
    description: 'The latest change of the voters is not known to be committed',
  }),
});

export const statusSchema = Type.Object({
  nodeId: Type.String({ description: 'The coordinator that answers' }),
  leaderId: nullableString,
  term: Type.Integer(),
  stale: staleSchema,
  revision: Type.Integer(),
  totals: Type.Object({
    coordinators: Type.Integer(),
    coordinatorsAlive: Type.Integer(),
    services: Type.Integer(),
    servicesReady: Type.Integer(),
    servicesLost: Type.Integer({ description: 'Leases that ran out lately' }),
  }),
  nodes: Type.Array(
    Type.Object({
      id: Type.String(),
      service: Type.String(),
      host: Type.String(),
      port: Type.Integer(),
      role: roleSchema,
      alive: Type.Boolean(),
      state: Type.Union([
        nodeStateSchema,
        Type.Literal('alive'),
        Type.Literal('suspect'),
        Type.Literal('dead'),
        Type.Literal('left'),
      ]),
    }),
  ),
  raft: Type.Union([raftSchema, Type.Null()], { description: 'Null when coordination lives in etcd' }),
});

/** The whole picture for people. */
export function addStatusRoutes(server: HanokServer, context: RouteContext): void {
  server.get(
    '/v1/status',
    {
      preHandler: requireAdmin,
      schema: {
        tags: ['operations'],
        summary: 'The cluster as this coordinator sees it: leader, term, and every node with its role',
        response: { 200: statusSchema, ...problemResponses },
      },
    },
    () => clusterStatus(context),
  );
}
