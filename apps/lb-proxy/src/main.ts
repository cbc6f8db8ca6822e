import { runService } from '@hanok/service-kit';
import { buildApp, type App } from './app.ts';
import { configSchema } from './config.ts';

await runService({
  name: 'lb-proxy',
  config: configSchema,
  async start(config, { logger }) {
    let app: App | undefined;
    // Heard from the start on: left to itself, the signal would end a process that is still opening its ports.
    process.on('SIGHUP', () => void app?.reload());
    app = await buildApp({ config, logger });
    return app;
  },
});
