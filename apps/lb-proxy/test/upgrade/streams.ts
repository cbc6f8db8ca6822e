import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { eventually, seededRng } from '@hanok/testkit';
import { startServer, type TestServer } from '../fixtures/tcp.ts';

const TABLE_BYTES = 1 << 20;
const OFFSET_STEP = 4_099;
const ID_BYTES = 4;
const WRITE_INTERVAL_MS = 20;
const WRITE_BYTES = 700;
/** Written at once to those who read slowly: more than the kernel takes. */
const FLOOD_BYTES = 256 * 1_024;

const OPENED_AT_ONCE = 50;
/** A thousand connections take their time on a loaded machine. */
const PATIENCE = { timeoutMs: 30_000 };

/** How a failure begins that is the loss of a connection. */
const BROKEN = 'error: ';

const table = tableOf();

/** What one side of a connection has sent and received; bytes are told apart by connection and position. */
class Side {
  sentBytes = 0;
  receivedBytes = 0;
  finished = false;
  ended = false;
  readonly #socket: Socket;
  readonly #out: number;
  readonly #in: number;
  readonly #fail: (reason: string) => void;

  constructor(
    socket: Socket,
    out: number,
    incoming: number,
    fail: (reason: string) => void,
    onEnd: () => void = () => undefined,
  ) {
    this.#socket = socket;
    this.#out = out;
    this.#in = incoming;
    this.#fail = fail;
    socket.on('end', () => {
      this.ended = true;
      onEnd();
    });
    socket.on('error', (error) => fail(`${BROKEN}${error.message}`));
  }

  /** Sends the next bytes of its stream, unless it has finished or earlier ones still wait. */
  send(sizeBytes: number): void {
    if (this.finished || this.#socket.writableNeedDrain || this.#socket.destroyed) return;
    this.#socket.write(slice(this.#out, this.sentBytes, sizeBytes));
    this.sentBytes += sizeBytes;
  }

  receive(chunk: Buffer): void {
    if (!chunk.equals(slice(this.#in, this.receivedBytes, chunk.length))) {
      this.#fail(`wrong byte within ${chunk.length} after ${this.receivedBytes}`);
    }
    this.receivedBytes += chunk.length;
  }

  finish(): void {
    if (this.finished) return;
    this.finished = true;
    this.#socket.end();
  }
}

/** Connections through a proxy on which both sides send at once, each byte checked. */
export interface Streams extends AsyncDisposable {
  readonly backend: TestServer;
  readonly failures: string[];
  /** Those that were cut off, where that may be: they are left out of everything else. */
  readonly cut: ReadonlySet<number>;
  /** Opens them. Every eighth reads slowly, every eighth is finished by its client, every eighth by its backend. */
  open(port: number, count: number): Promise<void>;
  /** Connections that have been opened. */
  readonly count: number;
  /** Bytes that have arrived, both ways. */
  readonly receivedBytes: number;
  /** Finishes both ways and waits until each side has all that the other has sent, and its end. */
  finish(): Promise<number>;
}

/** @param mayBeCut a connection that is reset, or ended too early, is `cut` and no failure; wrong bytes always are */
export async function startStreams({ mayBeCut = false } = {}): Promise<Streams> {
  const failures: string[] = [];
  const cut = new Set<number>();
  const failed = (id: number, who: string, reason: string): void => {
    if (mayBeCut && reason.startsWith(BROKEN)) cut.add(id);
    else failures.push(`${who} ${id}: ${reason}`);
  };
  const clients: { id: number; side: Side; socket: Socket }[] = [];
  const servers = new Map<number, Side>();
  const rng = seededRng(7);
  let opened = 0;
  const backend = await startServer((socket) => {
    let head = Buffer.alloc(0);
    let side: Side | undefined;
    socket.on('data', (chunk) => {
      if (side !== undefined) {
        side.receive(chunk);
        return;
      }
      head = Buffer.concat([head, chunk]);
      if (head.length < ID_BYTES) return;
      const id = head.readUInt32BE(0);
      side = new Side(
        socket,
        id * 2 + 1,
        id * 2,
        (reason) => failed(id, 'backend of', reason),
        () => {
          if (clients.find((each) => each.id === id)?.side.finished !== true) cut.add(id);
        },
      );
      servers.set(id, side);
      side.receive(head.subarray(ID_BYTES));
    });
  });
  const receivedBytes = (): number =>
    [...clients.map(({ side }) => side), ...servers.values()].reduce(
      (sum, side) => sum + side.receivedBytes,
      0,
    );
  const isSlow = (id: number): boolean => id % 8 === 0;
  const timer = setInterval(() => {
    for (const { id, side, socket } of clients) {
      if (id % 8 !== 1) side.send(WRITE_BYTES);
      if (id % 8 !== 2) servers.get(id)?.send(isSlow(id) ? FLOOD_BYTES : WRITE_BYTES);
      if (isSlow(id)) {
        if (rng.next() < 0.1) socket.resume();
        else socket.pause();
      }
    }
  }, WRITE_INTERVAL_MS);
  const openOne = async (port: number, id: number): Promise<void> => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    const side = new Side(
      socket,
      id * 2,
      id * 2 + 1,
      (reason) => failed(id, 'client', reason),
      () => {
        if (servers.get(id)?.finished !== true) cut.add(id);
      },
    );
    socket.on('data', (chunk) => side.receive(chunk));
    await once(socket, 'connect');
    const head = Buffer.alloc(ID_BYTES);
    head.writeUInt32BE(id);
    socket.write(head);
    clients.push({ id, side, socket });
    if (id % 8 === 1) {
      side.send(WRITE_BYTES);
      side.finish();
    }
    if (id % 8 === 2) {
      await eventually(() => servers.has(id), PATIENCE);
      servers.get(id)?.send(WRITE_BYTES);
      servers.get(id)?.finish();
    }
  };
  return {
    backend,
    failures,
    cut,
    get count() {
      return clients.length;
    },
    get receivedBytes() {
      return receivedBytes();
    },
    async open(port, count) {
      const first = opened;
      opened += count;
      // Not all at once: the test itself must come to accept them in time.
      for (let begun = 0; begun < count; begun += OPENED_AT_ONCE) {
        const batch = Math.min(OPENED_AT_ONCE, count - begun);
        await Promise.all(Array.from({ length: batch }, (_, index) => openOne(port, first + begun + index)));
        await eventually(() => servers.size >= first + begun + batch, PATIENCE);
      }
    },
    async finish() {
      clearInterval(timer);
      for (const { id, side, socket } of clients) {
        socket.resume();
        side.finish();
        servers.get(id)?.finish();
      }
      await eventually(() => {
        for (const { id, side } of clients) {
          if (mayBeCut && cut.has(id)) continue;
          const server = servers.get(id);
          if (server === undefined || !side.ended || !server.ended) throw new Error(`${id} has not ended`);
          if (side.receivedBytes !== server.sentBytes) throw new Error(`client ${id} misses bytes`);
          if (server.receivedBytes !== side.sentBytes) throw new Error(`backend of ${id} misses bytes`);
        }
      }, PATIENCE);
      return receivedBytes();
    },
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      for (const { socket } of clients) socket.destroy();
      await backend[Symbol.asyncDispose]();
    },
  };
}

function tableOf(): Buffer {
  const rng = seededRng(42);
  const bytes = Buffer.alloc(TABLE_BYTES);
  for (let index = 0; index < TABLE_BYTES; index += 4)
    bytes.writeUInt32LE(Math.floor(rng.next() * 2 ** 32), index);
  return Buffer.concat([bytes, bytes.subarray(0, FLOOD_BYTES)]);
}

/** Bytes of a stream from a position on. */
function slice(stream: number, position: number, sizeBytes: number): Buffer {
  const start = (position + stream * OFFSET_STEP) % TABLE_BYTES;
  return table.subarray(start, start + sizeBytes);
}
