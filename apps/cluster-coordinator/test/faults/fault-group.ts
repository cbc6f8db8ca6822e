import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually, freePorts, startEtcd, startProcess, temporaryFolder } from '@hanok/testkit';
import type { ChildHandle } from '@hanok/testkit';
import { CoordinatorProcess } from '../support/coordinators.ts';
import { readSamples, spansOf } from './leadership-record.ts';
import type { LeadershipSpan } from './leadership-record.ts';
import { LoopbackNetwork } from './loopback-network.ts';
import type { Host } from './loopback-network.ts';

export type Engine = 'embedded' | 'etcd';

const script = fileURLToPath(new URL('observed-coordinator.ts', import.meta.url));
const patiently = { timeoutMs: 120_000, intervalMs: 50 };

/** Three coordinators, and with etcd its three members, as processes on a network that can be cut. */
export class FaultGroup implements AsyncDisposable {
  readonly network: LoopbackNetwork;
  readonly coordinators: readonly CoordinatorProcess[];
  /** Whom a coordinator needs a majority of, by name: itself and the others, or the members of etcd. */
  readonly electors: readonly string[];
  readonly #hosts: readonly Host[];
  readonly #etcd: EtcdMembers | null;
  readonly #folder = temporaryFolder();
  readonly #stack: AsyncDisposableStack;

  private constructor(
    hosts: readonly Host[],
    httpPorts: readonly number[],
    network: LoopbackNetwork,
    etcd: EtcdMembers | null,
    stack: AsyncDisposableStack,
  ) {
    this.network = network;
    this.#hosts = hosts;
    this.#etcd = etcd;
    this.electors = etcd?.names ?? hosts.map(({ name }) => name);
    this.#stack = stack;
    const voters = hosts.map(({ name, host, port }) => `${name}@${host}:${port}`).join(',');
    this.coordinators = hosts.map(({ name, realHost, port }, index) => {
      writeFileSync(this.#recordOf(name), '');
      const env = {
        ...network.environmentOf(name),
        NODE_ID: name,
        PORT: String(httpPorts[index]),
        CLUSTER_HOST: realHost,
        CLUSTER_PORT: String(port),
        CLUSTER_VOTERS: voters,
        DATA_DIR: join(this.#folder.path, name),
        LEADERSHIP_RECORD: this.#recordOf(name),
        LOG_LEVEL: 'info',
        STATUS_INTERVAL_MS: '0',
        ...(etcd === null ? {} : { COORDINATION_URL: etcd.url }),
      };
      return new CoordinatorProcess(name, `http://127.0.0.1:${httpPorts[index]}`, env, script);
    });
  }

  static async start(engine: Engine): Promise<FaultGroup> {
    await using opened = new AsyncDisposableStack();
    const network = opened.use(new LoopbackNetwork());
    const etcd = engine === 'etcd' ? await startEtcdMembers(network, opened) : null;
    const names = ['coordinator-1', 'coordinator-2', 'coordinator-3'];
    const hosts: Host[] = [];
    for (const name of names) hosts.push(await network.addHost(name, { udp: true }));
    const httpPorts = await freePorts(3);
    const group = new FaultGroup(hosts, httpPorts, network, etcd, opened.move());
    try {
      await Promise.all(group.coordinators.map((each) => each.start()));
      await group.agreed();
    } catch (error) {
      await group[Symbol.asyncDispose]();
      throw error;
    }
    return group;
  }

  /** Waits until all that run agree on one leader, which holds a lease. */
  agreed(among = this.coordinators): Promise<CoordinatorProcess> {
    return eventually(async () => {
      const views = await Promise.all(among.map(async (each) => ({ each, view: await each.leader() })));
      const [leader, ...more] = views.filter(({ view }) => view.isSelf);
      if (leader === undefined || more.length > 0) throw new Error(`${more.length + 1} or no leaders`);
      if (views.some(({ view }) => view.leaderId !== leader.each.id)) throw new Error('not agreed');
      return leader.each;
    }, patiently);
  }

  without(...gone: readonly CoordinatorProcess[]): CoordinatorProcess[] {
    return this.coordinators.filter((each) => !gone.includes(each));
  }

  /** Where the others reach a coordinator. */
  hostOf(id: string): Host {
    const host = this.#hosts.find(({ name }) => name === id);
    if (host === undefined) throw new RangeError(`no coordinator ${id}`);
    return host;
  }

  /** All with whom this one talks. */
  peersOf(name: string): string[] {
    const all = new Set([...this.coordinators.map(({ id }) => id), ...this.electors]);
    return [...all].filter((each) => each !== name);
  }

  /** When each could have acted as leader, so far. */
  spans(): LeadershipSpan[] {
    return this.coordinators.flatMap(({ id }) => this.spansOf(id));
  }

  spansOf(id: string): LeadershipSpan[] {
    return spansOf(id, readSamples(this.#recordOf(id)));
  }

  /** The last that each process printed, for a failure to tell. */
  printed(): string {
    const children = [...this.coordinators.map(({ child }) => child), ...(this.#etcd?.children ?? [])];
    return children.map((child) => child.output().slice(-3_000)).join('\n\n');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const each of this.coordinators) await each[Symbol.asyncDispose]();
    await this.#stack.disposeAsync();
    await this.#folder.remove();
  }

  #recordOf(name: string): string {
    return join(this.#folder.path, `${name}.leadership`);
  }
}

interface EtcdMembers {
  readonly url: string;
  readonly names: readonly string[];
  readonly children: readonly ChildHandle[];
}

/** An etcd of three members that reach each other, and are reached, through the network alone. */
async function startEtcdMembers(network: LoopbackNetwork, stack: AsyncDisposableStack): Promise<EtcdMembers> {
  // Installs the program where it is missing.
  await (await startEtcd({ dedicated: true })).stop();
  const folder = temporaryFolder();
  stack.defer(() => folder.remove());
  const names = ['etcd-1', 'etcd-2', 'etcd-3'];
  const members: { name: string; peer: Host; client: Host }[] = [];
  for (const name of names) {
    members.push({ name, peer: await network.addHost(name), client: await network.addHost(name) });
  }
  const cluster = members.map(({ name, peer }) => `${name}=http://${peer.host}:${peer.port}`).join(',');
  const start = ({ name, peer, client }: (typeof members)[number]): Promise<ChildHandle> =>
    startProcess({
      command: 'etcd',
      env: network.environmentOf(name),
      args: [
        `--name=${name}`,
        `--data-dir=${join(folder.path, name)}`,
        `--listen-peer-urls=http://${peer.realHost}:${peer.port}`,
        `--initial-advertise-peer-urls=http://${peer.host}:${peer.port}`,
        `--listen-client-urls=http://${client.realHost}:${client.port}`,
        `--advertise-client-urls=http://${client.host}:${client.port}`,
        `--initial-cluster=${cluster}`,
        // Not sooner than the coordinators' leases, and not so soon that a busy machine has etcd elect all the time.
        '--heartbeat-interval=250',
        '--election-timeout=2500',
        '--logger=zap',
      ],
      readyUrl: `http://${client.realHost}:${client.port}/health`,
      readyTimeoutMs: 120_000,
    });
  const children = await Promise.all(members.map(start));
  for (const child of children) stack.use(child);
  const endpoints = members.map(({ client }) => `${client.host}:${client.port}`);
  return { names, children, url: `etcd://${endpoints.join(',')}` };
}
