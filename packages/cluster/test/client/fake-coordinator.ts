import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { text as readText } from 'node:stream/consumers';
import type { ServiceNode } from '../../src/client/service-node.ts';

/** A request that was received, in order. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: Record<string, unknown> | null;
}

/** How the coordinator behaves: as it should, answering nothing, or answering this status to writes. */
export type Behaviour = 'well' | 'stalled' | { readonly writeStatus: number };

/** A small real HTTP server that speaks the coordinators' discovery protocol and misbehaves on demand. */
export class FakeCoordinator {
  readonly requests: SeenRequest[] = [];
  readonly nodes = new Map<string, ServiceNode>();
  behaviour: Behaviour = 'well';
  revision = 0;
  /** Resuming from before this revision is answered with 410. */
  compactedBefore = 0;
  /** Out of touch with a leader. */
  stale = false;
  readonly #streams = new Set<ServerResponse>();
  readonly #polls = new Set<() => void>();
  readonly #server: Server;
  #port = 0;

  constructor() {
    this.#server = createServer((request, response) => void this.#handle(request, response));
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get streams(): number {
    return this.#streams.size;
  }

  async listen(): Promise<this> {
    await new Promise<void>((done) => this.#server.listen(this.#port, '127.0.0.1', done));
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the server has no port');
    this.#port = address.port;
    return this;
  }

  /** Breaks every connection and takes no new ones; `listen` brings it back at the same address. */
  async close(): Promise<void> {
    this.#streams.clear();
    const closed = new Promise((done) => this.#server.close(done));
    this.#server.closeAllConnections();
    await closed;
  }

  put(change: Partial<ServiceNode> & { id: string }): void {
    this.revision += 1;
    const before = this.nodes.get(change.id);
    const node: ServiceNode = {
      service: 'player-service',
      host: '127.0.0.1',
      port: 8001,
      state: 'ready',
      role: 'worker',
      alive: true,
      metadata: {},
      registeredAt: '2026-01-01T00:00:00.000Z',
      ...before,
      ...change,
      revision: this.revision,
    };
    this.nodes.set(node.id, node);
    this.send('node', {
      type: before === undefined ? 'registered' : 'updated',
      node,
      revision: this.revision,
    });
  }

  remove(id: string, type: 'removed' | 'expired' = 'removed'): void {
    const node = this.nodes.get(id);
    if (node === undefined) return;
    this.revision += 1;
    this.nodes.delete(id);
    this.send('node', { type, node, revision: this.revision });
  }

  /** Sends an event to every open stream, and answers who waits for a change. */
  send(event: string, data: unknown): void {
    for (const answer of this.#polls) answer();
    this.sendRaw(`event: ${event}\nid: ${this.revision}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  sendRaw(text: string): void {
    for (const stream of this.#streams) stream.write(text);
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const text = await readText(request);
    const path = request.url ?? '';
    const method = request.method ?? '';
    const body: Record<string, unknown> | null = text === '' ? null : JSON.parse(text);
    this.requests.push({ method, path, authorization: request.headers.authorization, body });
    if (this.behaviour === 'stalled') return;
    if (path.startsWith('/v1/events')) this.#stream(new URL(path, this.url), request, response);
    else if (method === 'GET') this.#list(new URL(path, this.url), response);
    else this.#write(method, decodeURIComponent(path.slice('/v1/nodes/'.length)), body, response);
  }

  #write(method: string, id: string, body: Record<string, unknown> | null, response: ServerResponse): void {
    if (typeof this.behaviour === 'object') {
      response.writeHead(this.behaviour.writeStatus).end('{"detail":"as the test says"}');
      return;
    }
    if (method === 'DELETE') this.remove(id);
    else this.put({ ...body, id });
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  }

  #list(url: URL, response: ServerResponse): void {
    const { searchParams } = url;
    const since = searchParams.get('since');
    if (since !== null && Number(since) < this.compactedBefore) {
      response.writeHead(410).end();
      return;
    }
    const answer = (): void => {
      clearTimeout(timer);
      this.#polls.delete(answer);
      const items = [...this.nodes.values()].filter(({ service }) => service === searchParams.get('service'));
      const body = { items, nextCursor: null, revision: this.revision, stale: this.stale };
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    const waits = since !== null && Number(since) >= this.revision;
    const timer = setTimeout(answer, waits ? Number(searchParams.get('waitMs')) : 0);
    this.#polls.add(answer);
    response.on('close', () => {
      clearTimeout(timer);
      this.#polls.delete(answer);
    });
  }

  #stream(url: URL, request: IncomingMessage, response: ServerResponse): void {
    const since = url.searchParams.get('since');
    if (since !== null && Number(since) < this.compactedBefore) {
      response.writeHead(410).end();
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.flushHeaders();
    this.#streams.add(response);
    request.on('close', () => this.#streams.delete(response));
    response.on('close', () => this.#streams.delete(response));
    if (since === null) this.send('snapshot', { nodes: [...this.nodes.values()], revision: this.revision });
  }
}
