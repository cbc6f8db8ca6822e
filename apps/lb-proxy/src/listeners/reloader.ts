import { readFile } from 'node:fs/promises';
import { ConfigError } from '@hanok/service-kit';
import type { LbProxyConfig } from '../config.ts';
import type { ListenerChange } from './listener-changes.ts';
import { listenerOfEnvironment, type ListenerConfig } from './listener-config.ts';
import { parseListenerFile } from './listener-file.ts';
import type { ListenerSet } from './listener-set.ts';

/** There is no file to read again: the listener comes from the environment. */
export class NoConfigFileError extends Error {
  override readonly name = 'NoConfigFileError';
  readonly code = 'no_config_file';
  readonly retryable = false;
}

/**
 * The listeners the configuration asks for: those of CONFIG_FILE, else the one of the environment.
 * @throws ConfigError when the file cannot be read or is invalid
 */
export async function readListeners(config: LbProxyConfig): Promise<ListenerConfig[]> {
  if (config.configFile === undefined) return [listenerOfEnvironment(config)];
  let text: string;
  try {
    text = await readFile(config.configFile, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ConfigError([`cannot read CONFIG_FILE ${config.configFile}: ${code}`]);
  }
  return parseListenerFile(text, config);
}

/** Reads CONFIG_FILE again on request; one reload at a time. */
export class Reloader {
  readonly #config: LbProxyConfig;
  readonly #listeners: ListenerSet;
  #last: Promise<unknown> = Promise.resolve();

  constructor(config: LbProxyConfig, listeners: ListenerSet) {
    this.#config = config;
    this.#listeners = listeners;
  }

  /**
   * Compares the file with what runs and, unless `dryRun`, makes it so. An invalid file changes nothing.
   * @throws NoConfigFileError, ConfigError or ListenError
   */
  reload(dryRun: boolean): Promise<ListenerChange[]> {
    const run = async (): Promise<ListenerChange[]> => {
      if (this.#config.configFile === undefined && this.#config.tlsCertificates.length === 0) {
        throw new NoConfigFileError('CONFIG_FILE is not set: there is nothing to reload');
      }
      const wanted = await readListeners(this.#config);
      return dryRun ? this.#listeners.compare(wanted) : this.#listeners.apply(wanted);
    };
    const result = this.#last.then(run, run);
    this.#last = result;
    return result;
  }
}
