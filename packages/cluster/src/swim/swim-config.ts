/** All settings of the membership protocol. Durations are milliseconds. */
export interface SwimConfig {
  /** One member is probed this often (T' in the SWIM paper). */
  readonly probeIntervalMs: number;
  /** How long a direct probe may take before other members are asked to probe. Less than the interval. */
  readonly probeTimeoutMs: number;
  /** How many members are asked to probe indirectly (k in the SWIM paper). */
  readonly indirectProbes: number;
  /** Shortest suspicion: this x max(1, log10(members)) x probe interval (alpha in the Lifeguard paper). */
  readonly suspicionMultiplier: number;
  /** Longest suspicion, as a multiple of the shortest (beta in the Lifeguard paper). */
  readonly suspicionMaxFactor: number;
  /** Local health scales probes by at most this (S in the Lifeguard paper). */
  readonly maxHealthMultiplier: number;
  /** While there is news, it is told this often. */
  readonly gossipIntervalMs: number;
  /** News is told to so many members at a time. */
  readonly gossipFanout: number;
  /** Each piece of news is told this x ceil(log10(members + 1)) times (lambda in the SWIM paper). */
  readonly retransmitMultiplier: number;
  /** Whole states are exchanged with a random member this often; more rarely in clusters of more than 32. */
  readonly syncIntervalMs: number;
  /** Dead members and missing seeds are looked for this often, so that healed partitions find together. */
  readonly reconnectIntervalMs: number;
  /** Dead members still get gossip for so long, to hear of their death and refute it. */
  readonly gossipToDeadMs: number;
  /** A dead member is forgotten after this. */
  readonly forgetDeadAfterMs: number;
  /** A member that left is forgotten after this. */
  readonly forgetLeftAfterMs: number;
  /** At most so many dead and left members are remembered; the oldest are forgotten first. */
  readonly maxRemembered: number;
  /**
   * False makes it the SWIM of 2002, to compare with: no local health, suspicions of fixed length, suspects not told
   * first that they are suspected, and no allowance for pauses of this process itself.
   */
  readonly lifeguard: boolean;
}

/** Names of the presets. */
export type SwimPreset = 'local' | 'frugal' | 'lan' | 'wan';

const lan: SwimConfig = {
  probeIntervalMs: 500,
  probeTimeoutMs: 200,
  indirectProbes: 3,
  suspicionMultiplier: 6,
  suspicionMaxFactor: 6,
  maxHealthMultiplier: 8,
  gossipIntervalMs: 200,
  gossipFanout: 3,
  retransmitMultiplier: 4,
  syncIntervalMs: 30_000,
  reconnectIntervalMs: 2_000,
  gossipToDeadMs: 30_000,
  forgetDeadAfterMs: 3_600_000,
  forgetLeftAfterMs: 300_000,
  maxRemembered: 1_024,
  lifeguard: true,
};

/**
 * Settings for members in one process or machine, for such that cost little and are found dead later than in a network,
 * for members in one network (the default), and across regions.
 */
export const swimPresets: Readonly<Record<SwimPreset, SwimConfig>> = {
  local: {
    ...lan,
    probeIntervalMs: 200,
    probeTimeoutMs: 80,
    indirectProbes: 1,
    suspicionMultiplier: 5,
    retransmitMultiplier: 2,
    gossipIntervalMs: 50,
    syncIntervalMs: 10_000,
    reconnectIntervalMs: 500,
    gossipToDeadMs: 10_000,
  },
  frugal: {
    ...lan,
    probeIntervalMs: 2_000,
    probeTimeoutMs: 800,
    // Nothing is lost within a machine: one round of probes is time enough to refute.
    suspicionMultiplier: 1,
    reconnectIntervalMs: 8_000,
  },
  lan,
  wan: {
    ...lan,
    probeIntervalMs: 2_500,
    probeTimeoutMs: 1_200,
    gossipIntervalMs: 500,
    gossipFanout: 4,
    syncIntervalMs: 60_000,
    reconnectIntervalMs: 5_000,
    gossipToDeadMs: 60_000,
  },
};

/** @throws RangeError naming the setting and the rule. */
export function checkSwimConfig(config: SwimConfig): void {
  const { lifeguard: _, ...numbers } = config;
  for (const [name, value] of Object.entries(numbers)) {
    if (!Number.isFinite(value) || value < (name === 'indirectProbes' ? 0 : 1)) {
      throw new RangeError(`${name}: must be at least ${name === 'indirectProbes' ? 0 : 1}, not ${value}`);
    }
  }
  if (config.probeTimeoutMs >= config.probeIntervalMs) {
    throw new RangeError('probeTimeoutMs: must be less than probeIntervalMs');
  }
}

/** The shortest suspicion among `members` (Lifeguard paper, section IV-B). */
export function minSuspicionMs(config: SwimConfig, members: number): number {
  return config.suspicionMultiplier * Math.max(1, Math.log10(Math.max(1, members))) * config.probeIntervalMs;
}

/** How often one piece of news is told among `members` (SWIM paper, section 4.1). */
export function retransmissions(config: SwimConfig, members: number): number {
  return config.retransmitMultiplier * Math.ceil(Math.log10(members + 1));
}

/** Exchanges of whole states become rarer as the cluster grows: its load is quadratic otherwise. */
export function syncPeriodMs(config: SwimConfig, members: number): number {
  const unscaled = 32;
  if (members <= unscaled) return config.syncIntervalMs;
  return config.syncIntervalMs * (1 + Math.ceil(Math.log2(members / unscaled)));
}
