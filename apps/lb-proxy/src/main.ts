import { runService } from '@hanok/service-kit';
import { buildApp } from './app.ts';
import { configSchema } from './config.ts';

await runService({
  name: 'lb-proxy',
  config: configSchema,
  async start(config, { logger }) {
    const app = await buildApp({ config, logger });
    process.on('SIGHUP', () => void app.reload());
    return app;
  },
});
