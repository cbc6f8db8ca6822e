import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { PreflightError } from './preflight-error.ts';
import type { Topology } from './topology.ts';

/** The settings of one service, and the module whose schema they have to meet. */
export interface ServiceSettings {
  readonly env: Readonly<Record<string, string>>;
  /** Absolute path of the app's `config.ts`. */
  readonly configModule: string;
}

const CHECK_TIMEOUT_MS = 60_000;

/**
 * Checks the settings of every service by its own schema, before anything starts.
 *
 * @param env what the services inherit.
 * @throws PreflightError naming everything that is wrong, in one sentence.
 */
export async function checkSettings(topology: Topology, env: NodeJS.ProcessEnv): Promise<void> {
  const settings: ServiceSettings[] = topology.services.map((service) => ({
    env: service.env,
    configModule: join(dirname(service.script), 'config.ts'),
  }));
  const program = join(import.meta.dirname, 'settings-check.ts');
  const { stdout } = await promisify(execFile)(process.execPath, [program, JSON.stringify(settings)], {
    env,
    timeout: CHECK_TIMEOUT_MS,
  });
  if (stdout !== '') throw new PreflightError(`Wrong settings: ${stdout}.`);
}
