import { isIP, isIPv4 } from 'node:net';
import { ConfigError } from '@hanok/service-kit';
import type { Network } from './proxy-protocol/proxy-policy.ts';
import { MAX_WEIGHT, type BackendSpec } from './pool/backend.ts';

const MAX_PORT = 65_535;

/** Splits `host:port` or `[ipv6]:port`; the form has been checked already. */
function splitAddress(text: string): { host: string; port: number } {
  const colon = text.lastIndexOf(':');
  const host = text.slice(0, colon).replace(/^\[|\]$/g, '');
  return { host, port: Number(text.slice(colon + 1)) };
}

/**
 * Reads LISTEN.
 * @throws ConfigError when the port is out of range
 */
export function parseListen(text: string): { host: string; port: number } {
  const address = splitAddress(text);
  if (address.port > MAX_PORT)
    throw new ConfigError([`LISTEN has port ${address.port}, the highest is 65535`]);
  return address;
}

/**
 * Reads PROXY_PROTOCOL_FROM: addresses, or ranges such as `10.0.0.0/8`.
 * @throws ConfigError naming every item that is neither
 */
export function parseNetworks(items: readonly string[]): Network[] {
  const violations: string[] = [];
  const networks = items.map((item): Network => {
    const [address = '', prefixText] = item.split('/', 2);
    const longest = isIPv4(address) ? 32 : 128;
    const prefix = prefixText === undefined ? longest : Number(prefixText);
    if (isIP(address) === 0 || !/^\d{1,3}$/.test(prefixText ?? '0') || prefix > longest) {
      violations.push(`PROXY_PROTOCOL_FROM: ${item} is neither an IP address nor a range like 10.0.0.0/8`);
    }
    return { address, prefix };
  });
  if (violations.length > 0) throw new ConfigError(violations);
  return networks;
}

/**
 * Reads BACKENDS: `id@host:port` each, with `*weight` behind and `pool/` before it where they are given.
 * @throws ConfigError naming every item with a port or weight out of range, and every repeated id
 */
export function parseBackends(items: readonly string[]): BackendSpec[] {
  const violations: string[] = [];
  const ids = new Set<string>();
  const specs = items.map((item): BackendSpec => {
    const [name = '', rest = ''] = item.split('@', 2);
    const [id = '', pool] = name.split('/', 2).toReversed();
    const [address = '', weightText = '1'] = rest.split('*', 2);
    const { host, port } = splitAddress(address);
    const weight = Number(weightText);
    if (port < 1 || port > MAX_PORT) violations.push(`BACKENDS: ${item} needs a port from 1 to 65535`);
    if (weight < 1 || weight > MAX_WEIGHT) violations.push(`BACKENDS: ${item} needs a weight from 1 to 256`);
    if (ids.has(id)) violations.push(`BACKENDS: the id ${id} is there twice`);
    ids.add(id);
    const spec = { id, host, port, weight, maxConnections: 0, state: 'enabled', source: 'static' } as const;
    return pool === undefined ? spec : { ...spec, pool };
  });
  if (violations.length > 0) throw new ConfigError(violations);
  return specs;
}
