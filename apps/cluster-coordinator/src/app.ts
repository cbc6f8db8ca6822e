import { addConsole } from '@hanok/console';
import { createServer } from '@hanok/service-kit';
import type { Clock, HanokServer, Logger, TlsSettings } from '@hanok/service-kit';
import type { Coordination, DropCounts, RaftNode } from '@hanok/cluster';
import { Broadcasts } from './broadcasts/broadcasts.ts';
import { clusterStatus } from './cluster/cluster-status.ts';
import type { MemberDirectory } from './cluster/member.ts';
import { answerChangeVoters } from './cluster/change-voters.ts';
import { answerStepDown } from './cluster/step-down.ts';
import { coordinatorSource } from './console/coordinator-source.ts';
import { EventHub } from './events/event-hub.ts';
import { addBroadcastRoutes } from './http/broadcast-routes.ts';
import type { RouteContext } from './http/context.ts';
import { addEventRoutes } from './http/event-routes.ts';
import { addHistoryRoutes } from './http/history-routes.ts';
import { addLeaderRoutes } from './http/leader-routes.ts';
import { addNodeRoutes } from './http/node-routes.ts';
import { toProblem } from './http/problem-table.ts';
import { addPrometheusRoutes } from './http/prometheus-routes.ts';
import { addStatusRoutes } from './http/status-routes.ts';
import { addVoterRoutes } from './http/voter-routes.ts';
import { EventLog } from './observe/event-log.ts';
import { logEvents } from './observe/log-events.ts';
import type { ObserveGroup } from './observe/log-events.ts';
import { registerMetrics } from './observe/metrics.ts';
import { logStatus } from './observe/status-log.ts';
import { ChangeWaits } from './registry/change-waits.ts';
import { LostNodes } from './registry/lost-nodes.ts';

/** What the service is built from. The caller starts and closes the coordination. */
export interface AppDependencies {
  readonly nodeId: string;
  readonly coordination: Coordination;
  /** The embedded engine's voter; null with another engine. */
  readonly raft: RaftNode | null;
  /** The embedded engine's voters as they are committed; without it their changes are not written down. */
  readonly observeGroup?: ObserveGroup | null | undefined;
  readonly members: MemberDirectory;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Where changes of the leader, the members and the voters are written down. Default: in memory alone. */
  readonly eventLog?: EventLog | undefined;
  /** Counts the frames of other coordinators that were not taken, for the metrics. */
  readonly drops?: DropCounts | undefined;
  /** Address the service will listen on; any but loopback needs `adminToken`. */
  readonly host: string;
  readonly adminToken?: string | undefined;
  readonly tls?: TlsSettings;
  /** Shows the console to those who may change nothing. Default: there are none. */
  readonly consoleViewerToken?: string | undefined;
  /** Folder of the console's audit log. Default: it is kept in memory alone. */
  readonly consoleAuditFolder?: string | undefined;
  /** What one reader of events may leave unread, bytes. Default 4 MiB. */
  readonly maxWaitingBytes?: number | undefined;
  /** Pause between two looks at the status, which is logged when it has changed, ms. Default 0: never. */
  readonly statusIntervalMs?: number | undefined;
  /** Pause between two signs of life on the streams of events. Default 10 s. */
  readonly keepAliveMs?: number | undefined;
  /** Out of touch with a leader for so long, readers of events are sent elsewhere. Default 5 s. */
  readonly staleAfterMs?: number | undefined;
}

/** A built service, not listening. */
export interface App {
  readonly server: HanokServer;
  /** How many streams of events are open. */
  readonly streams: number;
  /** How many requests wait for a change. */
  readonly waiting: number;
  /** Ends the streams of events, which would otherwise never end, long polls, and what is printed to the log. */
  end(): void;
}

const description = `Who is there, who leads, and who is told.

Any coordinator answers any request: writes go to the leader, wherever it is; reads are answered from the own copy, and
say \`stale\` while it may be old. Without a majority of the coordinators writes answer 503 and reads go on. The roles
leader, follower and worker are also known as master, slave and worker.`;

/** Builds cluster-coordinator from its dependencies. */
export async function buildApp(dependencies: AppDependencies): Promise<App> {
  const { nodeId, coordination, raft, members, clock, logger } = dependencies;
  const server = await createServer({
    name: 'cluster-coordinator',
    description,
    host: dependencies.host,
    adminToken: dependencies.adminToken,
    tls: dependencies.tls ?? {},
    logger,
    clock,
    mapError: toProblem,
    readiness: () => Promise.resolve(readiness(coordination)),
  });
  const broadcasts = new Broadcasts({ nodeId, coordination, members, clock });
  const hub = new EventHub({
    coordination,
    members,
    clock,
    logger,
    onDelivered: (broadcastId, reader) => broadcasts.delivered(broadcastId, reader),
    maxWaitingBytes: dependencies.maxWaitingBytes,
    keepAliveMs: dependencies.keepAliveMs,
    staleAfterMs: dependencies.staleAfterMs,
  });
  const waits = new ChangeWaits(coordination.registry, clock);
  const lostNodes = new LostNodes(coordination.registry);
  const context: RouteContext = {
    nodeId,
    coordination,
    raft,
    members,
    lostNodes,
    hub,
    waits,
    broadcasts,
    clock,
    logger,
  };
  const streams = () => hub.size;
  registerMetrics(server.metricsRegistry, {
    coordination,
    raft,
    members,
    drops: dependencies.drops ?? null,
    streams,
  });
  const stopStatusLog = logStatus(() => clusterStatus(context), dependencies.statusIntervalMs ?? 0, {
    clock,
    logger,
  });
  const eventLog = dependencies.eventLog ?? new EventLog({ clock, logger, file: null });
  const stopEventLog = logEvents(eventLog, {
    election: coordination.election,
    members,
    observeGroup: dependencies.observeGroup ?? null,
  });
  answerStepDown(context);
  answerChangeVoters(context);
  addStatusRoutes(server, context);
  addNodeRoutes(server, context);
  addPrometheusRoutes(server, context);
  addLeaderRoutes(server, context);
  addBroadcastRoutes(server, context);
  addVoterRoutes(server, context);
  addHistoryRoutes(server, eventLog);
  addEventRoutes(server, context);
  const consoleSource = coordinatorSource(context, eventLog);
  await addConsole(server, {
    source: consoleSource,
    adminToken: dependencies.adminToken,
    viewerToken: dependencies.consoleViewerToken,
    auditFolder: dependencies.consoleAuditFolder ?? null,
    clock,
    logger,
  });
  return {
    server,
    get streams() {
      return hub.size;
    },
    get waiting() {
      return waits.size;
    },
    end() {
      stopStatusLog();
      stopEventLog();
      consoleSource.close();
      hub.close();
      waits.close();
    },
  };
}

/** A coordinator is of use once it has a leader; while none is in reach it still answers reads, marked stale. */
function readiness(coordination: Coordination) {
  return {
    leader: coordination.isCurrent() ? { ok: true } : { ok: false, detail: 'no leader is within reach' },
  };
}
