import { ConfigError } from '@hanok/service-kit';
import { parse } from 'yaml';
import { parseBackends, parseListen, parseNetworks } from '../addresses.ts';
import type { LbProxyConfig } from '../config.ts';
import { parseCheckPlan } from '../pool/check-plan.ts';
import { POOL_SETTINGS, type PoolConfig } from '../pool/pool-config.ts';
import { readRouting } from '../routing/read-routing.ts';
import { checkListener, isRecord, type ListenerEntry, type PoolEntry } from './check-listener.ts';
import type { ListenerConfig } from './listener-config.ts';

const MAX_LISTENERS = 16;
const MAX_FILE_BYTES = 1_048_576;

/**
 * Reads a file of listeners, JSON or YAML: `{ listeners: [{ name, listen, strategy, …, pools: { chat: { … } } }] }`,
 * settings named like those of the environment but in camelCase. A listener that names backends and no
 * `discoverService` does not take part in discovery.
 * @throws ConfigError with every violation, each with its place in the file
 */
export function parseListenerFile(text: string, environment: LbProxyConfig): ListenerConfig[] {
  const listeners = checkFile(parseText(text)).map((entry) => readListener(entry, environment));
  const violations = listeners.flatMap((listener, index) => contradictions(listener, index, listeners));
  if (violations.length > 0) throw new ConfigError(violations);
  return listeners;
}

function parseText(text: string): unknown {
  if (Buffer.byteLength(text) > MAX_FILE_BYTES) throw new ConfigError(['the file is larger than 1 MiB']);
  try {
    return parse(text);
  } catch (error) {
    const [firstLine = 'unreadable'] = (error as Error).message.split('\n');
    throw new ConfigError([`neither JSON nor YAML: ${firstLine}`]);
  }
}

/** @throws ConfigError unless every part of the file is as it must be */
function checkFile(content: unknown): ListenerEntry[] {
  if (!isRecord(content)) throw new ConfigError(['the file must be an object with a list of listeners']);
  const { listeners, ...unknown } = content;
  const violations = Object.keys(unknown).map((key) => `${key} is not known here`);
  if (!Array.isArray(listeners) || listeners.length < 1 || listeners.length > MAX_LISTENERS) {
    throw new ConfigError([...violations, `listeners must be a list of 1 to ${MAX_LISTENERS}`]);
  }
  violations.push(...listeners.flatMap((listener, index) => checkListener(listener, `listeners.${index}`)));
  if (violations.length > 0) throw new ConfigError(violations);
  return listeners as ListenerEntry[];
}

function readListener(
  { name, pools = {}, ...settings }: ListenerEntry,
  environment: LbProxyConfig,
): ListenerConfig {
  const entries = Object.entries(pools);
  const backends = [
    ...(settings.backends ?? []),
    ...entries.flatMap(([pool, entry]) => (entry.backends ?? []).map((item) => `${pool}/${item}`)),
  ];
  const config = { ...environment, ...settings, backends };
  return {
    name,
    config,
    pools: new Map(entries.map(([pool, entry]) => [pool, readPool(entry, config)])),
    discovers: settings.discoverService !== undefined || settings.backends === undefined,
  };
}

function readPool(entry: PoolEntry, listener: PoolConfig): PoolConfig {
  const settings = { ...listener, ...entry };
  return Object.fromEntries(POOL_SETTINGS.map((setting) => [setting, settings[setting]])) as PoolConfig;
}

/** What the schema cannot see: impossible ports, names and addresses used twice. */
function contradictions(
  { name, config, pools }: ListenerConfig,
  index: number,
  all: readonly ListenerConfig[],
): string[] {
  const before = all.slice(0, index);
  const place = `listeners.${index}`;
  const isPortGiven = parsePort(config.listen) !== 0;
  return [
    ...(before.some((other) => other.name === name) ? [`${place}.name ${name} is there twice`] : []),
    ...(isPortGiven && before.some((other) => other.config.listen === config.listen)
      ? [`${place}.listen ${config.listen} is there twice`]
      : []),
    ...violationsOf(place, () => parseListen(config.listen)),
    ...violationsOf(place, () => parseBackends(config.backends)),
    ...violationsOf(place, () => parseNetworks(config.proxyProtocolFrom)),
    ...violationsOf(place, () => readRouting(config, pools)),
    ...violationsOf(place, () => parseCheckPlan(config)),
    ...[...pools].flatMap(([pool, own]) => violationsOf(`${place}.pools.${pool}`, () => parseCheckPlan(own))),
  ];
}

/** What `read` finds wrong with its part of the settings. */
function violationsOf(place: string, read: () => unknown): string[] {
  try {
    read();
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.violations.map((violation) => `${place}: ${violation}`);
    throw error;
  }
}

function parsePort(listen: string): number {
  return Number(listen.slice(listen.lastIndexOf(':') + 1));
}
