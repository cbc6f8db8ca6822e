import { isDeepStrictEqual } from 'node:util';
import { configOfPool, POOL_SETTINGS } from '../pool/pool-config.ts';
import { LISTENER_SETTINGS, type ListenerConfig } from './listener-config.ts';

/** One setting that differs. */
export interface SettingChange {
  /** Its name; `pools.<pool>.<name>` for one of a pool. */
  readonly setting: string;
  readonly from: unknown;
  readonly to: unknown;
}

/**
 * What a reload does to one listener. `change` touches no open connection; `restart` opens the listener anew with
 * its new settings and lets the connections of the old one end within DRAIN_TIMEOUT_MS, like `remove`.
 */
export interface ListenerChange {
  readonly name: string;
  readonly action: 'add' | 'remove' | 'change' | 'restart';
  readonly settings: readonly SettingChange[];
}

const LIVE_SETTINGS = /^(strategy|backends|pools\.[^.]+(\.[^.]+)*\.strategy)$/;

/** Compares what runs with what is wanted. Pure. */
export function compareListeners(
  running: readonly ListenerConfig[],
  wanted: readonly ListenerConfig[],
): ListenerChange[] {
  const removed = running
    .filter(({ name }) => !wanted.some((each) => each.name === name))
    .map(({ name }): ListenerChange => ({ name, action: 'remove', settings: [] }));
  const others = wanted.flatMap((next): ListenerChange[] => {
    const now = running.find(({ name }) => name === next.name);
    if (now === undefined) return [{ name: next.name, action: 'add', settings: [] }];
    const settings = changedSettings(now, next);
    if (settings.length === 0 && now.discovers === next.discovers) return [];
    const isLive = now.discovers === next.discovers && settings.every((change) => isLiveChange(change));
    return [{ name: next.name, action: isLive ? 'change' : 'restart', settings }];
  });
  return [...removed, ...others];
}

/** Certificates change live, but whether TLS is terminated does not. */
function isLiveChange({ setting, from, to }: SettingChange): boolean {
  const hasSome = (value: unknown): boolean => Array.isArray(value) && value.length > 0;
  return LIVE_SETTINGS.test(setting) || (setting === 'tlsCertificates' && hasSome(from) && hasSome(to));
}

function changedSettings(now: ListenerConfig, next: ListenerConfig): SettingChange[] {
  const settings = LISTENER_SETTINGS.map((setting): SettingChange => ({
    setting,
    from: now.config[setting],
    to: next.config[setting],
  }));
  const ofPools = [...new Set([...now.pools.keys(), ...next.pools.keys()])].flatMap((pool) => {
    const [from, to] = [now, next].map(({ config, pools }) => configOfPool(config, pools, pool));
    return POOL_SETTINGS.map((setting): SettingChange => ({
      setting: `pools.${pool}.${setting}`,
      from: from?.[setting],
      to: to?.[setting],
    }));
  });
  return [...settings, ...ofPools].filter(({ from, to }) => !isDeepStrictEqual(from, to));
}
