import { eventually, startEtcdCluster, type EtcdCluster, type TestServer } from '@hanok/testkit';

/** Three real etcd servers, with the timing that ours have. */
export class EtcdMembers implements AsyncDisposable {
  readonly #cluster: EtcdCluster;

  private constructor(cluster: EtcdCluster) {
    this.#cluster = cluster;
  }

  static async start(): Promise<EtcdMembers> {
    const cluster = await startEtcdCluster({ args: ['--election-timeout=1000', '--heartbeat-interval=100'] });
    return new EtcdMembers(cluster);
  }

  get urls(): string[] {
    return this.#cluster.servers.map(urlOf);
  }

  async leaderUrl(): Promise<string> {
    for (const url of this.urls) {
      const { header, leader } = await post<{ header: { member_id: string }; leader?: string }>(
        `${url}/v3/maintenance/status`,
        {},
      );
      if (header.member_id === leader) return url;
    }
    throw new Error('none of the etcd members leads');
  }

  /** SIGKILL. @returns the moment it was sent, by `performance.now`. */
  async kill(url: string): Promise<number> {
    const server = this.#cluster.servers.find((known) => urlOf(known) === url);
    if (server === undefined) throw new Error(`no etcd at ${url}`);
    const killedAt = performance.now();
    await server.kill();
    return killedAt;
  }

  async restart(url: string): Promise<void> {
    const server = this.#cluster.servers.find((known) => urlOf(known) === url);
    await server?.restart();
    await eventually(() => this.leaderUrl());
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.#cluster[Symbol.asyncDispose]();
  }
}

function urlOf({ port }: TestServer): string {
  return `http://127.0.0.1:${port}`;
}

async function post<T>(url: string, body: object): Promise<T> {
  const response = await fetch(url, {
    method: 'POST',
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(5_000),
  });
  return (await response.json()) as T;
}
