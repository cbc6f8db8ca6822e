import { describeConfig } from '@hanok/service-kit';
import { Value } from 'typebox/value';
import { configSchema, type LbProxyConfig } from '../config.ts';
import { POOL_SETTINGS, type PoolConfig } from '../pool/pool-config.ts';
import { LISTENER_SETTINGS, type ListenerSetting } from './listener-config.ts';

/** A pool as the file has it. */
export type PoolEntry = Partial<PoolConfig> & Partial<Pick<LbProxyConfig, 'backends'>>;

/** A listener as the file has it. */
export type ListenerEntry = {
  readonly name: string;
  readonly pools?: Readonly<Record<string, PoolEntry>>;
} & Partial<Pick<LbProxyConfig, ListenerSetting>> &
  Pick<LbProxyConfig, 'listen'>;

const MAX_POOLS = 64;
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const NAME_RULE = '1 to 64 letters, digits, dots, dashes and underscores';

/** What a pool of the file may say: its settings, and its backends without the pool's name before them. */
const POOL_ENTRY_SETTINGS: readonly ListenerSetting[] = [...POOL_SETTINGS, 'backends'];

/** By setting: its rule in words, as `loadConfig` says it. */
const rules = new Map(
  describeConfig(configSchema).map(({ rule }, index) => [Object.keys(configSchema.properties)[index], rule]),
);

/** What is wrong with one listener of a file, each with its place; nothing when it is a `ListenerEntry`. */
export function checkListener(listener: unknown, place: string): string[] {
  if (!isRecord(listener)) return [`${place} must be an object`];
  const { name, pools, ...settings } = listener;
  const hasName = typeof name === 'string' && NAME.test(name);
  return [
    ...(hasName ? [] : [`${place}.name must be ${NAME_RULE}`]),
    ...(settings['listen'] === undefined ? [`${place}.listen is required`] : []),
    ...checkSettings(settings, LISTENER_SETTINGS, place, 'a listener'),
    ...(pools === undefined ? [] : checkPools(pools, `${place}.pools`)),
  ];
}

function checkPools(pools: unknown, place: string): string[] {
  if (!isRecord(pools) || Object.keys(pools).length > MAX_POOLS) {
    return [`${place} must be an object of at most ${MAX_POOLS} pools by name`];
  }
  return Object.entries(pools).flatMap(([name, pool]) => {
    const at = `${place}.${name}`;
    if (!NAME.test(name)) return [`${at} must have a name of ${NAME_RULE}`];
    if (!isRecord(pool)) return [`${at} must be an object`];
    const own = Array.isArray(pool['backends']) ? pool['backends'] : [];
    return [
      ...checkSettings(pool, POOL_ENTRY_SETTINGS, at, 'a pool'),
      ...own
        .filter((item) => String(item).includes('/'))
        .map((item) => `${at}.backends: ${item} must not name a pool, it is in ${name}`),
    ];
  });
}

function checkSettings(
  settings: Readonly<Record<string, unknown>>,
  allowed: readonly ListenerSetting[],
  place: string,
  whose: string,
): string[] {
  return Object.entries(settings).flatMap(([key, value]) => {
    const setting = allowed.find((each) => each === key);
    if (setting === undefined) return [`${place}.${key} is not a setting of ${whose}`];
    const isValid = Value.Check(configSchema.properties[setting], value);
    return isValid ? [] : [`${place}.${key} must be ${rules.get(key)}`];
  });
}

/** Whether a value is an object with keys. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
