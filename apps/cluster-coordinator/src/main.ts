import { runService, systemClock } from '@hanok/service-kit';
import { buildApp } from './app.ts';
import { openCluster } from './cluster/open-cluster.ts';
import { coordinatorConfig } from './config.ts';

await runService({
  name: 'cluster-coordinator',
  config: coordinatorConfig,
  async start(config, { logger }) {
    const cluster = await openCluster(config, logger, (error) => {
      logger.fatal({ err: error }, 'the data folder failed: this process cannot go on');
      process.exit(1);
    });
    const app = await buildApp({
      nodeId: config.nodeId,
      coordination: cluster.coordination,
      raft: cluster.raft,
      members: cluster.members,
      drops: cluster.drops,
      clock: systemClock,
      logger,
      host: config.host,
      adminToken: config.adminToken,
      statusIntervalMs: config.statusIntervalMs,
    });
    return {
      server: app.server,
      async drain() {
        await cluster.coordination.election.resign();
        app.end();
      },
      close: () => cluster.close(),
    };
  },
});
