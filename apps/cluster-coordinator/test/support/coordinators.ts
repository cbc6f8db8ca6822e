import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually, freePorts, startProcess, temporaryFolder } from '@hanok/testkit';
import type { ChildHandle } from '@hanok/testkit';

/** The service itself. */
export const mainScript = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

export interface LeaderView {
  readonly leaderId: string | null;
  readonly term: number;
  readonly fencingToken: number;
  readonly isSelf: boolean;
  readonly stale: boolean;
}

/** One coordinator as a real process on ports of its own. */
export class CoordinatorProcess {
  readonly id: string;
  readonly url: string;
  readonly dataDir: string;
  readonly clusterPort: number;
  readonly #script: string;
  #env: Readonly<Record<string, string>>;
  #child: ChildHandle | null = null;
  #running = false;

  /** @param script what it runs; default the service itself. */
  constructor(id: string, url: string, env: Readonly<Record<string, string>>, script = mainScript) {
    this.id = id;
    this.url = url;
    this.dataDir = env['DATA_DIR'] ?? '';
    this.clusterPort = Number(env['CLUSTER_PORT']);
    this.#env = env;
    this.#script = script;
  }

  /** Changes its settings from the next start on. */
  configure(change: Readonly<Record<string, string>>): void {
    this.#env = { ...this.#env, ...change };
  }

  get child(): ChildHandle {
    if (this.#child === null) throw new Error(`${this.id} is not running`);
    return this.#child;
  }

  get isRunning(): boolean {
    return this.#running;
  }

  async start(ready: 'led' | 'alive' = 'led'): Promise<void> {
    const readyUrl = `${this.url}/${ready === 'led' ? 'readyz' : 'healthz'}`;
    const child = await startProcess({
      args: [this.#script],
      env: this.#env,
      readyUrl,
      readyTimeoutMs: 120_000,
    });
    this.#child = child;
    this.#running = true;
    void child.exited.then(() => (this.#running = false));
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.child.exited;
  }

  /** Only while it is down. */
  async loseDisk(): Promise<void> {
    await rm(this.dataDir, { recursive: true, force: true });
  }

  async get<T>(path: string): Promise<T> {
    const response = await fetch(this.url + path, { signal: AbortSignal.timeout(10_000) });
    return (await response.json()) as T;
  }

  leader(): Promise<LeaderView> {
    return this.get('/v1/leader');
  }

  /** Status and body of a request with a JSON body. */
  async send(
    method: string,
    path: string,
    body?: unknown,
  ): Promise<{ status: number; body: unknown; headers: Headers }> {
    const response = await fetch(this.url + path, {
      method,
      signal: AbortSignal.timeout(15_000),
      ...(body === undefined
        ? {}
        : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      body: text === '' ? null : JSON.parse(text),
      headers: response.headers,
    };
  }

  register(id: string, change: Record<string, unknown> = {}) {
    const node = { service: 'player-service', host: '127.0.0.1', port: 8001, state: 'ready', ttlMs: 60_000 };
    return this.send('PUT', `/v1/nodes/${id}`, { ...node, ...change });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child?.[Symbol.asyncDispose]();
  }
}

/** Coordinators that know each other, not yet started. */
export class CoordinatorGroup implements AsyncDisposable {
  readonly all: readonly CoordinatorProcess[];
  readonly #folder = temporaryFolder();

  private constructor(
    httpPorts: readonly number[],
    clusterPorts: readonly number[],
    env: Record<string, string>,
  ) {
    const voters = clusterPorts.map((port, index) => `coordinator-${index + 1}@127.0.0.1:${port}`);
    this.all = httpPorts.map((port, index) => {
      const id = `coordinator-${index + 1}`;
      return new CoordinatorProcess(id, `http://127.0.0.1:${port}`, {
        NODE_ID: id,
        PORT: String(port),
        CLUSTER_PORT: String(clusterPorts[index]),
        CLUSTER_VOTERS: voters.join(','),
        DATA_DIR: join(this.#folder.path, id),
        LOG_LEVEL: 'info',
        ...env,
      });
    });
  }

  static async make(count: number, env: Record<string, string> = {}): Promise<CoordinatorGroup> {
    return new CoordinatorGroup(await freePorts(count), await freePorts(count), env);
  }

  /** Starts all of them and waits until each knows a leader. */
  static async start(count: number, env: Record<string, string> = {}): Promise<CoordinatorGroup> {
    const group = await CoordinatorGroup.make(count, env);
    try {
      await group.startMissing();
    } catch (error) {
      await group[Symbol.asyncDispose]();
      throw error;
    }
    return group;
  }

  /** Starts those that do not run, and waits until all agree on a leader that holds a lease. */
  async startMissing(): Promise<void> {
    await Promise.all(this.all.filter(({ isRunning }) => !isRunning).map((each) => each.start()));
    await eventually(async () => {
      const { id } = await this.leader();
      for (const each of this.all) if ((await each.leader()).leaderId !== id) return false;
      return true;
    });
  }

  /** The one that says it leads, with a lease. */
  async leader(among = this.all): Promise<CoordinatorProcess> {
    const views = await Promise.all(among.map(async (each) => ({ each, view: await each.leader() })));
    const leaders = views.filter(({ view }) => view.isSelf);
    const [only] = leaders;
    if (only === undefined || leaders.length > 1) throw new Error(`${leaders.length} leaders`);
    return only.each;
  }

  without(...gone: readonly CoordinatorProcess[]): CoordinatorProcess[] {
    return this.all.filter((each) => !gone.includes(each));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.all.map((each) => each[Symbol.asyncDispose]()));
    await this.#folder.remove();
  }
}
