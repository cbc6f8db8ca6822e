import { ConfigError, describeConfig } from '@hanok/service-kit';
import { Value } from 'typebox/value';
import { parse } from 'yaml';
import { parseBackends, parseListen, parseNetworks } from '../addresses.ts';
import { readRouting } from '../routing/read-routing.ts';
import { configSchema, type LbProxyConfig } from '../config.ts';
import { parseCheckPlan } from '../pool/check-plan.ts';

/** One listener with its own pool: a name, and settings like those of the environment. */
export interface ListenerConfig {
  readonly name: string;
  readonly config: LbProxyConfig;
  /** Takes backends from discovery. */
  readonly discovers: boolean;
}

/** Settings a listener may have of its own; the environment's value holds for those it leaves out. */
export const LISTENER_SETTINGS = [
  'listen',
  'relay',
  'workers',
  'listenBacklog',
  'relayBufferBytes',
  'keepAliveMs',
  'strategy',
  'backends',
  'discoverService',
  'discoveryEmptyHoldMs',
  'slowStartMs',
  'maxConnections',
  'maxConnectionsPerSource',
  'acceptRatePerSource',
  'proxyProtocolFrom',
  'proxyProtocolTo',
  'proxyHeaderTimeoutMs',
  'serverNames',
  'token',
  'firstBytesTimeoutMs',
  'tlsCertificates',
  'tlsHandshakeTimeoutMs',
  'queueSize',
  'queueTimeoutMs',
  'connectRetries',
  'connectTimeoutMs',
  'idleTimeoutMs',
  'halfClosedTimeoutMs',
  'checkKind',
  'checkHttpPath',
  'checkHttpStatus',
  'checkSend',
  'checkExpect',
  'checkIntervalMs',
  'checkFastIntervalMs',
  'checkTimeoutMs',
  'checkRise',
  'checkFall',
  'ejectAfterFailures',
  'ejectMs',
  'maxEjectedPercent',
  'panicPercent',
] as const;

export type ListenerSetting = (typeof LISTENER_SETTINGS)[number];

const MAX_LISTENERS = 16;
const MAX_FILE_BYTES = 1_048_576;
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** By setting: its rule in words, as `loadConfig` says it. */
const rules = new Map(
  describeConfig(configSchema).map(({ rule }, index) => [Object.keys(configSchema.properties)[index], rule]),
);

type ListenerSettings = { readonly name: string } & Partial<Pick<LbProxyConfig, ListenerSetting>> &
  Pick<LbProxyConfig, 'listen'>;

/** The one listener that the environment describes. */
export function listenerOfEnvironment(config: LbProxyConfig): ListenerConfig {
  return { name: 'main', config, discovers: true };
}

/**
 * Reads a file of listeners, JSON or YAML: `{ listeners: [{ name, listen, strategy, … }] }`, settings named like
 * those of the environment but in camelCase. A listener that names backends and no `discoverService` does not
 * take part in discovery.
 * @throws ConfigError with every violation, each with its place in the file
 */
export function parseListenerFile(text: string, environment: LbProxyConfig): ListenerConfig[] {
  const listeners = checkFile(parseText(text)).map(({ name, ...settings }): ListenerConfig => {
    const discovers = settings.discoverService !== undefined || settings.backends === undefined;
    return { name, config: { ...environment, backends: [], ...settings }, discovers };
  });
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
function checkFile(content: unknown): ListenerSettings[] {
  if (!isRecord(content)) throw new ConfigError(['the file must be an object with a list of listeners']);
  const { listeners, ...unknown } = content;
  const violations = Object.keys(unknown).map((key) => `${key} is not known here`);
  if (!Array.isArray(listeners) || listeners.length < 1 || listeners.length > MAX_LISTENERS) {
    throw new ConfigError([...violations, `listeners must be a list of 1 to ${MAX_LISTENERS}`]);
  }
  violations.push(...listeners.flatMap((listener, index) => checkListener(listener, `listeners.${index}`)));
  if (violations.length > 0) throw new ConfigError(violations);
  return listeners as ListenerSettings[];
}

function checkListener(listener: unknown, place: string): string[] {
  if (!isRecord(listener)) return [`${place} must be an object`];
  const { name, ...settings } = listener;
  const hasName = typeof name === 'string' && NAME.test(name);
  return [
    ...(hasName ? [] : [`${place}.name must be 1 to 64 letters, digits, dots, dashes and underscores`]),
    ...(settings['listen'] === undefined ? [`${place}.listen is required`] : []),
    ...Object.entries(settings).flatMap(([key, value]) => {
      const setting = LISTENER_SETTINGS.find((each) => each === key);
      if (setting === undefined) return [`${place}.${key} is not a setting of a listener`];
      const isValid = Value.Check(configSchema.properties[setting], value);
      return isValid ? [] : [`${place}.${key} must be ${rules.get(key)}`];
    }),
  ];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What the schema cannot see: impossible ports, names and addresses used twice. */
function contradictions(
  { name, config }: ListenerConfig,
  index: number,
  all: readonly ListenerConfig[],
): string[] {
  const before = all.slice(0, index);
  const place = `listeners.${index}`;
  const fromAddresses = [
    () => parseListen(config.listen),
    () => parseBackends(config.backends),
    () => parseNetworks(config.proxyProtocolFrom),
    () => readRouting(config),
    () => parseCheckPlan(config),
  ].flatMap((read) => {
    try {
      read();
      return [];
    } catch (error) {
      return error instanceof ConfigError
        ? error.violations.map((violation) => `${place}: ${violation}`)
        : [];
    }
  });
  const isPortGiven = parsePort(config.listen) !== 0;
  return [
    ...(before.some((other) => other.name === name) ? [`${place}.name ${name} is there twice`] : []),
    ...(isPortGiven && before.some((other) => other.config.listen === config.listen)
      ? [`${place}.listen ${config.listen} is there twice`]
      : []),
    ...fromAddresses,
  ];
}

function parsePort(listen: string): number {
  return Number(listen.slice(listen.lastIndexOf(':') + 1));
}
