import type { RaftNode } from '@hanok/cluster';
import { Gauge, type Registry } from 'prom-client';

/** Adds how the voters and learners stand, as this coordinator sees them. */
export function registerVoterMetrics(registry: Registry, raft: RaftNode): void {
  const registers = [registry];
  const labelNames: string[] = ['voter'];
  const connected: Gauge = new Gauge({
    name: 'hanok_coordinator_voter_connected',
    help: '1 while this coordinator has a connection to the voter',
    labelNames,
    registers,
    collect: () => {
      connected.reset();
      for (const { id, connected: isConnected } of membersOf(raft))
        connected.set({ voter: id }, Number(isConnected));
    },
  });
  const lag: Gauge = new Gauge({
    name: 'hanok_coordinator_voter_lag_entries',
    help: 'As leader: entries of the log that the voter does not have on its disk yet',
    labelNames,
    registers,
    collect: () => {
      lag.reset();
      const { role, lastIndex } = raft.status();
      if (role !== 'leader') return;
      for (const { id, match } of membersOf(raft))
        if (match !== null) lag.set({ voter: id }, lastIndex - match);
    },
  });
}

function membersOf(raft: RaftNode) {
  const { voters, learners } = raft.status();
  return [...voters, ...learners];
}
