import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  eventually,
  freePorts,
  startProcess,
  temporaryFolder,
  type ChildHandle,
  type TemporaryFolder,
} from '@hanok/testkit';

const main = fileURLToPath(new URL('../../../apps/cluster-coordinator/src/main.ts', import.meta.url));

interface Voter {
  readonly id: string;
  readonly url: string;
  readonly env: Readonly<Record<string, string>>;
  child: ChildHandle | null;
}

/** Three coordinators as real processes, with their data on a real disk. */
export class Voters implements AsyncDisposable {
  readonly #voters: readonly Voter[];
  readonly #folder: TemporaryFolder;

  private constructor(voters: readonly Voter[], folder: TemporaryFolder) {
    this.#voters = voters;
    this.#folder = folder;
  }

  /** Starts them, with an election timeout of 1 s, and waits until all know a leader. */
  static async start(): Promise<Voters> {
    const folder = temporaryFolder();
    const [httpPorts, clusterPorts] = [await freePorts(3), await freePorts(3)];
    const list = clusterPorts.map((port, index) => `coordinator-${index + 1}@127.0.0.1:${port}`).join(',');
    const voters = httpPorts.map((port, index): Voter => {
      const id = `coordinator-${index + 1}`;
      const env = {
        NODE_ENV: 'production',
        NODE_ID: id,
        PORT: String(port),
        CLUSTER_PORT: String(clusterPorts[index]),
        CLUSTER_VOTERS: list,
        DATA_DIR: join(folder.path, id),
        ELECTION_TIMEOUT_MS: '1000',
        LOG_LEVEL: 'warn',
      };
      return { id, url: `http://127.0.0.1:${port}`, env, child: null };
    });
    const group = new Voters(voters, folder);
    await group.startMissing();
    return group;
  }

  get urls(): string[] {
    return this.#voters.map(({ url }) => url);
  }

  /** Starts those that do not run, and waits until all agree on a leader. */
  async startMissing(): Promise<void> {
    const missing = this.#voters.filter(({ child }) => child === null);
    await Promise.all(
      missing.map(async (voter) => {
        voter.child = await startProcess({ args: [main], env: voter.env, readyUrl: `${voter.url}/readyz` });
      }),
    );
    await eventually(() => this.agreeOnAnother(null));
  }

  /** Whether all name the same leader, which says so itself and is not the one given. */
  async agreeOnAnother(than: string | null): Promise<boolean> {
    const views = await Promise.all(this.urls.map(leaderOf));
    const leader = this.#voters.find((_, index) => views[index]?.isSelf === true);
    if (leader === undefined || leader.url === than) return false;
    return views.every(({ leaderId }) => leaderId === leader.id);
  }

  /** Of the one that says it leads. @throws Error while none does. */
  async leaderUrl(): Promise<string> {
    for (const url of this.urls) if ((await leaderOf(url)).isSelf) return url;
    throw new Error('none of the coordinators leads');
  }

  /** SIGKILL. @returns the moment it was sent, by `performance.now`. */
  async kill(url: string): Promise<number> {
    const voter = this.#at(url);
    const { child } = voter;
    if (child === null) throw new Error(`${voter.id} does not run`);
    const killedAt = performance.now();
    child.kill('SIGKILL');
    await child.exited;
    voter.child = null;
    return killedAt;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { child } of this.#voters) await child?.[Symbol.asyncDispose]();
    await this.#folder.remove();
  }

  #at(url: string): Voter {
    const voter = this.#voters.find((known) => known.url === url);
    if (voter === undefined) throw new Error(`no coordinator at ${url}`);
    return voter;
  }
}

async function leaderOf(url: string): Promise<{ leaderId: string | null; isSelf: boolean }> {
  const response = await fetch(`${url}/v1/leader`, { signal: AbortSignal.timeout(5_000) });
  return (await response.json()) as { leaderId: string | null; isSelf: boolean };
}
