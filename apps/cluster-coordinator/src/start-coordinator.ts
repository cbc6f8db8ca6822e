import { systemClock } from '@hanok/service-kit';
import type { HanokServer, Logger } from '@hanok/service-kit';
import type { Coordination } from '@hanok/cluster';
import { buildApp } from './app.ts';
import { openCluster } from './cluster/open-cluster.ts';
import type { CoordinatorConfig } from './config.ts';
import { EventLog } from './observe/event-log.ts';
import { openEventLogFile } from './observe/event-log-file.ts';

/** A coordinator that takes part in its cluster; its server is not listening yet. */
export interface StartedCoordinator {
  readonly server: HanokServer;
  readonly coordination: Coordination;
  /** Hands leadership over and ends the streams of events. */
  drain(): Promise<void>;
  close(): Promise<void>;
}

/** Starts all of it but the server. @throws what `openCluster` throws. */
export async function startCoordinator(
  config: CoordinatorConfig,
  logger: Logger,
): Promise<StartedCoordinator> {
  const cluster = await openCluster(config, logger, (error) => {
    logger.fatal({ err: error }, 'the data folder failed: this process cannot go on');
    process.exit(1);
  });
  const eventLog = await openEventLog(config.dataDir, logger);
  eventLog.record({ type: 'started' });
  const app = await buildApp({
    nodeId: config.nodeId,
    coordination: cluster.coordination,
    raft: cluster.raft,
    observeGroup: cluster.observeGroup,
    members: cluster.members,
    drops: cluster.drops,
    eventLog,
    clock: systemClock,
    logger,
    host: config.host,
    adminToken: config.adminToken,
    tls: config,
    consoleViewerToken: config.consoleViewerToken,
    consoleAuditFolder: config.dataDir,
    statusIntervalMs: config.statusIntervalMs,
  });
  return {
    server: app.server,
    coordination: cluster.coordination,
    async drain() {
      await cluster.coordination.election.resign();
      app.end();
    },
    async close() {
      await cluster.close();
      eventLog.record({ type: 'stopped' });
      await eventLog.settled();
    },
  };
}

/** A coordinator works without its history, but not without its folder: that is found out before. */
async function openEventLog(folder: string, logger: Logger): Promise<EventLog> {
  const options = { clock: systemClock, logger };
  try {
    const { file, records } = await openEventLogFile(folder);
    return new EventLog({ ...options, file }, records);
  } catch (error) {
    logger.warn({ err: error }, 'cannot open the log of events: it is kept in memory alone');
    return new EventLog({ ...options, file: null });
  }
}
