import { openSync } from 'node:fs';
import { runService } from '@hanok/service-kit';
import { coordinatorConfig } from '../../src/config.ts';
import { startCoordinator } from '../../src/start-coordinator.ts';
import { recordLeadership } from './leadership-record.ts';

// A coordinator as main.ts runs it, which also writes down when it holds leadership.
await runService({
  name: 'cluster-coordinator',
  config: coordinatorConfig,
  async start(config, { logger }) {
    const started = await startCoordinator(config, logger);
    recordLeadership(started.coordination.election, openSync(process.env['LEADERSHIP_RECORD'] ?? '', 'a'));
    return started;
  },
});
