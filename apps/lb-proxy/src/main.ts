import { runService } from '@hanok/service-kit';
import { buildApp } from './app.ts';
import { configSchema } from './config.ts';

await runService({
  name: 'lb-proxy',
  config: configSchema,
  start: (config, { logger }) => buildApp({ config, logger }),
});
