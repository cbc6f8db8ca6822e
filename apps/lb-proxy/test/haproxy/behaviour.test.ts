import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  eventually,
  startProcess,
  temporaryFolder,
  type ChildHandle,
  type TemporaryFolder,
} from '@hanok/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startServer, TestClient, type TestServer } from '../fixtures/tcp.ts';
import { CONNECT_TIMEOUT_MS, KINDS, startProxy, type Kind, type RunningProxy } from './proxies.ts';

const silentBackend = new URL('silent-backend.ts', import.meta.url).pathname;

/** The backend's end of a connection, watched. */
class Peer {
  readonly socket: Socket;
  text = '';
  /** `open`, `end`, or the code of an error. */
  saw = 'open';

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => (this.text += chunk.toString()));
    socket.on('end', () => (this.saw = 'end'));
    socket.on('error', (error: NodeJS.ErrnoException) => (this.saw = error.code ?? error.message));
  }
}

describe.each(KINDS)('beside HAProxy: %s', (kind: Kind) => {
  /** How a client sees that it is let go although not all is well. */
  const LET_GO = kind === 'haproxy' ? 'end' : 'ECONNRESET';
  let folder: TemporaryFolder;
  let backend: TestServer;
  let silent: ChildHandle;
  let proxy: RunningProxy;
  const peers: Peer[] = [];
  const fillers: Socket[] = [];

  beforeAll(async () => {
    folder = temporaryFolder();
    backend = await startServer((socket) => void peers.push(new Peer(socket)));
    const dying = await startServer(() => undefined);
    silent = await startProcess({ args: [silentBackend], readyLine: /listening on \d+/ });
    const silentPort = Number(/listening on (\d+)/.exec(silent.output())?.[1]);
    const routes = [
      { name: 'open', backendPort: backend.port },
      { name: 'refusing', backendPort: dying.port },
      { name: 'silent', backendPort: silentPort },
      { name: 'narrow', backendPort: backend.port, maxConnections: 1 },
    ];
    proxy = await startProxy(kind, routes, { folder: folder.path });
    await isUp();
    await dying[Symbol.asyncDispose]();
    silent.kill('SIGSTOP');
    await fill(silentPort);
  });

  afterAll(async () => {
    for (const filler of fillers) filler.destroy();
    await proxy[Symbol.asyncDispose]();
    await silent[Symbol.asyncDispose]();
    await backend[Symbol.asyncDispose]();
    await folder.remove();
  });

  /** Waits until the first check of every backend is over: there is no other. */
  async function isUp(): Promise<void> {
    if (proxy.adminUrl === undefined) return;
    for (const name of Object.keys(proxy.ports)) {
      await eventually(async () => {
        const answer = await fetch(`${proxy.adminUrl}/v1/backends/one?listener=${name}`);
        return ((await answer.json()) as { health: string }).health === 'up';
      });
    }
  }

  /** Takes all the places of a backlog, until a connection is not answered any more. */
  async function fill(port: number): Promise<void> {
    for (let taken = true; taken;) {
      const socket = connect({ port, host: '127.0.0.1' }).on('error', () => undefined);
      fillers.push(socket);
      taken = await Promise.race([once(socket, 'connect').then(() => true), sleep(250, false)]);
    }
  }

  /** A client whose first bytes, `text`, have reached the backend. */
  async function meet(name: string, text: string): Promise<{ client: TestClient; peer: Peer }> {
    const client = new TestClient(proxy.ports[name] ?? 0).write(text);
    const peer = await eventually(() => peers.find((each) => each.text === text) ?? null);
    return { client, peer };
  }

  it('a client finishes first, and is still answered', async () => {
    const { client, peer } = await meet('open', 'client-finishes');
    client.end();
    await eventually(() => peer.saw === 'end');
    peer.socket.end('late');
    const { how, bytes } = await client.over();
    expect({ how, text: bytes.toString() }).toEqual({ how: 'end', text: 'late' });
  });

  it('a backend finishes first, and still hears the client', async () => {
    const { client, peer } = await meet('open', 'backend-finishes');
    peer.socket.end('bye');
    const { how, bytes } = await client.over();
    expect({ how, text: bytes.toString() }).toEqual({ how: 'end', text: 'bye' });
    client.write(', goes on').end();
    await eventually(() => peer.saw === 'end');
    expect(peer.text).toBe('backend-finishes, goes on');
  });

  it('a client resets: the backend is reset', async () => {
    const { client, peer } = await meet('open', 'client-resets');
    client.socket.resetAndDestroy();
    await eventually(() => peer.saw !== 'open');
    expect(peer.saw).toBe('ECONNRESET');
  });

  it('a backend resets: the client is reset, where HAProxy ends as if all were sent', async () => {
    const { client, peer } = await meet('open', 'backend-resets');
    peer.socket.resetAndDestroy();
    expect((await client.over()).how).toBe(LET_GO);
  });

  it('a backend refuses: the client is let go at once, with a reset where HAProxy ends', async () => {
    const startedMs = performance.now();
    const { how, bytes } = await new TestClient(proxy.ports['refusing'] ?? 0).write('x').over();
    expect(bytes.length).toBe(0);
    expect(how).toBe(LET_GO);
    expect(performance.now() - startedMs).toBeLessThan(CONNECT_TIMEOUT_MS);
  });

  it('a backend takes no notice: the same after the connect timeout', async () => {
    const startedMs = performance.now();
    const { how, bytes } = await new TestClient(proxy.ports['silent'] ?? 0).write('x').over();
    expect(bytes.length).toBe(0);
    expect(how).toBe(LET_GO);
    expect(performance.now() - startedMs).toBeGreaterThan(CONNECT_TIMEOUT_MS * 0.9);
  });

  it('a backend accepts and closes at once: so it looks to the client', async () => {
    const before = peers.length;
    const client = new TestClient(proxy.ports['open'] ?? 0);
    const peer = await eventually(() => peers[before] ?? null);
    peer.socket.end();
    expect((await client.over()).how).toBe('end');
    client.end();
    await eventually(() => peer.saw === 'end');
  });

  it('a client that is reset while it waits never reaches the backend; who is behind it does', async () => {
    const { client: first, peer: served } = await meet('narrow', 'first');
    const gone = new TestClient(proxy.ports['narrow'] ?? 0).write('gone');
    const last = new TestClient(proxy.ports['narrow'] ?? 0).write('last').end();
    await Promise.all([once(gone.socket, 'connect'), once(last.socket, 'connect')]);
    await sleep(50);
    gone.socket.resetAndDestroy();
    await sleep(50);
    served.socket.end();
    await first.close();
    const peer = await eventually(() => peers.find(({ text }) => text === 'last') ?? null);
    await eventually(() => peer.saw === 'end');
    // Node does not notice a reset while it does not read: `portable` learns of it once the backend is connected.
    const visits = peers.filter(({ text }) => text === 'gone').map(({ saw }) => saw);
    expect(visits).toEqual(kind === 'portable' ? ['ECONNRESET'] : []);
    peer.socket.end();
    expect((await last.over()).how).toBe('end');
  });
});
