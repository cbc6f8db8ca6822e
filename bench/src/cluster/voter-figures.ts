import type { Comparison } from '../harness/compare.ts';
import type { Figure, Measured } from '../harness/figure.ts';
import { percentile, spreadOf } from '../harness/statistics.ts';
import type { EtcdMembers } from './etcd-members.ts';
import { failovers } from './failover.ts';
import { once } from './once.ts';
import { transfers } from './transfer.ts';
import type { Voters } from './voters.ts';
import { writesPerSecond } from './write-load.ts';
import { etcdWrite, registryWrite } from './write-requests.ts';

const failoverCount = 20;
const transferCount = 40;
const writeSeconds = 3;
const writeRounds = 3;
/** As many services as write at once, so that few writes wait for an earlier one to the same. */
const services = 1_000;

/** Real coordinators beside a real etcd: both are three processes on this machine, with their logs on its disk. */
export function voterFigures(voters: Voters, etcd: EtcdMembers): Figure[] {
  const ours = once(() =>
    failovers(
      {
        urls: voters.urls,
        leaderUrl: () => voters.leaderUrl(),
        kill: (url) => voters.kill(url),
        restore: () => voters.startMissing(),
        write: (index) => registryWrite(index, services),
      },
      failoverCount,
    ),
  );
  const theirs = once(() =>
    failovers(
      {
        urls: etcd.urls,
        leaderUrl: () => etcd.leaderUrl(),
        kill: (url) => etcd.kill(url),
        restore: (url) => etcd.restart(url),
        write: (index) => etcdWrite(index, services),
      },
      failoverCount,
    ),
  );
  const failover = async (percent: number): Promise<Measured> => {
    const peer = percentile(await theirs(), percent) / 1_000;
    return {
      value: percentile(await ours(), percent) / 1_000,
      aim: peer,
      remark: `kill -9 to the next acknowledged write, ${failoverCount} times; etcd ${peer.toFixed(2)} s`,
    };
  };
  const failoverRow = { unit: 's', better: 'lower' } as const;
  return [
    { ...failoverRow, title: 'failover of three voters, p50', must: 1.3, measure: () => failover(50) },
    { ...failoverRow, title: 'failover of three voters, p99', must: 2, measure: () => failover(99) },
    {
      title: 'graceful transfer of leadership, median',
      unit: 'ms',
      better: 'lower',
      must: 50,
      aim: 15,
      async measure() {
        const { median, highest } = spreadOf(await transfers(voters, transferCount));
        return {
          value: median,
          remark: `from the request to step down until all know the new leader, ${transferCount} times; highest ${highest.toFixed(0)} ms`,
        };
      },
    },
    {
      title: 'registry: acknowledged writes a second, three voters, synced to disk',
      unit: '/s',
      must: 2_000,
      async measure() {
        const figures: number[] = [];
        for (let round = 0; round < writeRounds; round += 1) figures.push(await registryWrites(voters));
        return { value: spreadOf(figures).median, remark: '66 clients over HTTP, each write another record' };
      },
    },
  ];
}

/** The same load on both. */
export function writeComparison(voters: Voters, etcd: EtcdMembers): Comparison {
  return {
    title: 'registry writes beside etcd puts, three voters each, 66 clients over HTTP, synced to disk',
    unit: 'acknowledged writes a second',
    bound: { must: 1 },
    peer: {
      name: 'etcd',
      measure: () => writesPerSecond(etcd.urls, (index) => etcdWrite(index, services), writeSeconds),
    },
    ours: { name: 'coordinators', measure: () => registryWrites(voters) },
  };
}

function registryWrites(voters: Voters): Promise<number> {
  return writesPerSecond(voters.urls, (index) => registryWrite(index, services), writeSeconds);
}
