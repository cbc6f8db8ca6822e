import { EmbeddedCoordination, FileStorage } from '@hanok/cluster';
import type { RaftTransport } from '@hanok/cluster';
import { silentLogger, systemClock } from '@hanok/service-kit';
import type { HanokServer } from '@hanok/service-kit';
import { eventually, temporaryFolder } from '@hanok/testkit';
import type { TemporaryFolder } from '@hanok/testkit';
import { buildApp } from '../../src/app.ts';
import type { App, AppDependencies } from '../../src/app.ts';
import type { Member, MemberChangeType, MemberDirectory } from '../../src/cluster/member.ts';

const nowhere: RaftTransport = {
  send: () => false,
  isConnected: () => false,
  setPeers: () => undefined,
  start: () => undefined,
  close: () => undefined,
};

/** The coordinators there are, as a test says. */
export class StatedMembers implements MemberDirectory {
  readonly #listeners = new Set<(type: MemberChangeType, member: Member) => void>();
  #members: readonly Member[] = [{ id: 'coordinator-1', host: '127.0.0.1', port: 7101, state: 'alive' }];

  members(): readonly Member[] {
    return this.#members;
  }

  watch(listener: (type: MemberChangeType, member: Member) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  change(type: MemberChangeType, member: Member): void {
    this.#members = [...this.#members.filter(({ id }) => id !== member.id), member];
    for (const listener of this.#listeners) listener(type, member);
  }
}

/** One coordinator alone, in this process, leading. */
export class SingleCoordinator implements AsyncDisposable {
  readonly server: HanokServer;
  readonly coordination: EmbeddedCoordination;
  readonly members: StatedMembers;
  readonly #app: App;
  readonly #folder: TemporaryFolder;

  private constructor(
    app: App,
    coordination: EmbeddedCoordination,
    members: StatedMembers,
    folder: TemporaryFolder,
  ) {
    this.server = app.server;
    this.#app = app;
    this.coordination = coordination;
    this.members = members;
    this.#folder = folder;
  }

  /** 1 as a rule; a disk that is slower than the election timeout takes it more attempts. */
  get term(): number {
    return this.coordination.election.view().term;
  }

  static async start(overrides: Partial<AppDependencies> = {}): Promise<SingleCoordinator> {
    const folder = temporaryFolder();
    const coordination = new EmbeddedCoordination({
      raft: {
        id: 'coordinator-1',
        voters: [{ id: 'coordinator-1', host: '127.0.0.1', port: 7101 }],
        electionTimeoutMs: 100,
        seed: 1,
      },
      storage: await FileStorage.open(folder.path, 'coordinator-1'),
      transport: nowhere,
      logger: silentLogger,
      onFatal: (error) => {
        throw error;
      },
    });
    const members = new StatedMembers();
    const app = await buildApp({
      nodeId: 'coordinator-1',
      coordination,
      raft: coordination.node,
      members,
      clock: systemClock,
      logger: silentLogger,
      host: '127.0.0.1',
      ...overrides,
    });
    coordination.start();
    await eventually(() => coordination.node.view.serving);
    return new SingleCoordinator(app, coordination, members, folder);
  }

  get streams(): number {
    return this.#app.streams;
  }

  get waiting(): number {
    return this.#app.waiting;
  }

  end(): void {
    this.#app.end();
  }

  async listen(): Promise<string> {
    await this.server.listen({ host: '127.0.0.1', port: 0 });
    return this.server.listeningOrigin;
  }

  async call(method: 'GET' | 'PUT' | 'POST' | 'DELETE', url: string, body?: unknown) {
    const payload = body === undefined ? {} : { payload: body as object };
    const response = await this.server.inject({ method, url, headers: { host: '127.0.0.1' }, ...payload });
    return {
      status: response.statusCode,
      headers: response.headers,
      body: (response.body === '' ? null : response.json()) as Record<string, unknown>,
    };
  }

  register(id: string, change: Record<string, unknown> = {}) {
    return this.call('PUT', `/v1/nodes/${id}`, { ...registration, ...change });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.end();
    await this.server.close();
    await this.coordination.stop();
    await this.#folder.remove();
  }
}

export const registration = {
  service: 'player-service',
  host: '127.0.0.1',
  port: 8001,
  state: 'ready',
  ttlMs: 60_000,
  metadata: { zone: 'a' },
};
