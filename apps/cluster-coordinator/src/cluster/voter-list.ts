import type { Address, VoterAddress } from '@hanok/cluster';
import { ConfigError } from '@hanok/service-kit';
import type { CoordinatorConfig } from '../config.ts';

/**
 * The voters that begin a new cluster, this coordinator among them; with CLUSTER_JOIN, those of the cluster it will be
 * added to.
 *
 * @throws ConfigError when the list is not one that can be voted with.
 */
export function votersOf(config: CoordinatorConfig): VoterAddress[] {
  const { nodeId, clusterHost, clusterPort } = config;
  if (config.clusterVoters.length === 0) {
    if (config.clusterJoin && config.clusterSeeds.length === 0) {
      throw new ConfigError(['CLUSTER_JOIN needs CLUSTER_VOTERS or CLUSTER_SEEDS, to find the cluster']);
    }
    if (config.clusterJoin) return [];
    return [{ id: nodeId, host: clusterHost, port: clusterPort }];
  }
  const voters = config.clusterVoters.map(parseVoter);
  const violations: string[] = [];
  const ids = new Set(voters.map(({ id }) => id));
  if (ids.size !== voters.length) violations.push('CLUSTER_VOTERS must not list an id twice');
  if (config.clusterJoin && violations.length === 0) return voters;
  if (![1, 3, 5].includes(voters.length)) {
    violations.push(`CLUSTER_VOTERS must list 1, 3 or 5 coordinators, not ${voters.length}`);
  }
  if (!ids.has(nodeId)) violations.push(`CLUSTER_VOTERS must contain this coordinator, NODE_ID ${nodeId}`);
  if (violations.length > 0) throw new ConfigError(violations);
  return voters;
}

/** Where to join the membership: the seeds of the configuration, or else the voters. */
export function seedsOf({ clusterSeeds }: CoordinatorConfig, voters: readonly VoterAddress[]): Address[] {
  return clusterSeeds.length > 0 ? clusterSeeds.map(parseAddress) : [...voters];
}

function parseVoter(text: string): VoterAddress {
  const at = text.indexOf('@');
  return { id: text.slice(0, at), ...parseAddress(text.slice(at + 1)) };
}

function parseAddress(text: string): Address {
  const colon = text.lastIndexOf(':');
  return { host: text.slice(0, colon).replace(/^\[(.*)\]$/, '$1'), port: Number(text.slice(colon + 1)) };
}
