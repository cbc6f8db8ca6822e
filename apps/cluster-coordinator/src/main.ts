import { runService } from '@hanok/service-kit';
import { coordinatorConfig } from './config.ts';
import { startCoordinator } from './start-coordinator.ts';

await runService({
  name: 'cluster-coordinator',
  config: coordinatorConfig,
  start: (config, { logger }) => startCoordinator(config, logger),
});
