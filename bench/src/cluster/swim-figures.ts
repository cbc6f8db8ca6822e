import { swimPresets, type SwimConfig } from '@hanok/cluster';
import { datagramOverheadBytes, SwimSimulator } from '@hanok/cluster/sim/swim';
import type { Figure } from '../harness/figure.ts';
import { detection, type DetectionSample } from './detection.ts';
import { falseDeaths } from './false-deaths.ts';
import { once } from './once.ts';

/**
 * Serf's default for a LAN (memberlist, `DefaultLANConfig`), run by the same core: its Lifeguard has the same formulas.
 * What is not named here is the same in both.
 */
const serfLan: SwimConfig = {
  ...swimPresets.lan,
  probeIntervalMs: 1_000,
  probeTimeoutMs: 500,
  suspicionMultiplier: 4,
};

interface DetectionRow extends DetectionSample {
  readonly mustSeconds: readonly [p50: number, p99: number];
  readonly serf: DetectionSample;
}

const detectionRows: readonly DetectionRow[] = [
  {
    members: 3,
    clusters: 200,
    crashes: 1,
    mustSeconds: [4, 5],
    serf: { members: 3, clusters: 200, crashes: 1 },
  },
  {
    members: 100,
    clusters: 4,
    crashes: 25,
    mustSeconds: [7.5, 9.5],
    serf: { members: 100, clusters: 4, crashes: 25 },
  },
  {
    members: 1_000,
    clusters: 2,
    crashes: 12,
    mustSeconds: [10.5, 12],
    serf: { members: 1_000, clusters: 2, crashes: 10 },
  },
];

/** What membership promises, on the simulated network: the same figures in every run. */
export function swimFigures(): Figure[] {
  return [
    ...detectionRows.flatMap(detectionFigures),
    ...[3, 100, 1_000].flatMap(idleFigures),
    falseDeathFigure(),
    simulationFigure(),
  ];
}

function detectionFigures({ mustSeconds, serf, ...sample }: DetectionRow): Figure[] {
  const ours = once(() => detection(swimPresets.lan, sample));
  const theirs = once(() => detection(serfLan, serf));
  return (['p50', 'p99'] as const).map((quantile, index) => ({
    title: `detection by all survivors, ${sample.members} members, ${quantile}`,
    unit: 's',
    better: 'lower',
    must: mustSeconds[index] ?? 0,
    measure() {
      const peer = theirs()[`${quantile}Seconds`];
      return Promise.resolve({
        value: ours()[`${quantile}Seconds`],
        aim: peer / 2,
        remark: `${ours().crashes} crashes; Serf's LAN default ${peer.toFixed(2)} s in ${theirs().crashes}`,
      });
    },
  }));
}

function idleFigures(members: number): Figure[] {
  const seconds = 200;
  const traffic = once(() => {
    const cluster = new SwimSimulator(members).startKnown(members);
    cluster.run(seconds * 1_000);
    const { datagrams, datagramBytes } = cluster.network;
    const each = members * seconds;
    return { messages: datagrams / each, bytes: (datagramBytes + datagrams * datagramOverheadBytes) / each };
  });
  const remark = 'sealed bytes, without the headers of UDP and IP';
  return [
    {
      title: `idle messages a member a second, ${members} members`,
      unit: '/s',
      better: 'lower',
      must: 4.5,
      measure: () => Promise.resolve({ value: traffic().messages }),
    },
    {
      title: `idle bytes a member a second, ${members} members`,
      unit: 'B/s',
      better: 'lower',
      must: 400,
      measure: () => Promise.resolve({ value: traffic().bytes, remark }),
    },
  ];
}

function falseDeathFigure(): Figure {
  return {
    title: 'false deaths, 16 of 128 members stalled: how many times fewer than plain SWIM',
    unit: '×',
    must: 50,
    aim: 300,
    measure() {
      const plain = falseDeaths({ ...swimPresets.lan, lifeguard: false });
      const ours = falseDeaths(swimPresets.lan);
      return Promise.resolve({
        value: plain / Math.max(1, ours),
        remark: `plain SWIM ${plain}, ours ${ours}${ours === 0 ? ' (counted as 1)' : ''}`,
      });
    },
  };
}

function simulationFigure(): Figure {
  // As long as the longest period of the protocol at this size: the exchange of whole states.
  const seconds = 180;
  return {
    title: 'simulation of 1,000 members, processor time of a simulated second',
    unit: '% of a core',
    better: 'lower',
    must: 2,
    measure() {
      const cluster = new SwimSimulator(1).startKnown(1_000).run(10_000);
      const before = process.cpuUsage();
      cluster.run(seconds * 1_000);
      const { user, system } = process.cpuUsage(before);
      return Promise.resolve({
        value: ((user + system) / 1_000_000 / seconds) * 100,
        remark: `${seconds} simulated seconds, every packet encoded and decoded`,
      });
    },
  };
}
