import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { EAGAIN } from './leg-socket.ts';
import { DescriptorLedger } from './descriptor-ledger.ts';
import { linux, type Libc } from './libc.ts';
import { Poller } from './poller.ts';
import type { RingCalls } from './ring-calls.ts';
import { Sockets } from './sockets.ts';
import { SubmissionRing } from './submission-ring.ts';

const MAX_POLLS = 1_000;
const BYTE = 42;
/** Arrays as large as this stay where they are. */
const BUFFER_BYTES = 64;

/** Both return the number of bytes, or the negative error number. */
interface Transfer {
  receive(fd: number): number;
  send(fd: number): number;
}

/**
 * Connects, waits, sends and receives a byte as the relay does, against a socket of Node's own.
 *
 * @param calls those of io_uring, to send and receive through it
 * @throws Error telling what does not work here
 */
export async function relayAByte(libc: Libc, calls?: RingCalls): Promise<void> {
  const echo = createServer((socket) => socket.pipe(socket)).listen(0, '127.0.0.1');
  await once(echo, 'listening');
  const ledger = new DescriptorLedger();
  try {
    const bytes = new Uint8Array(BUFFER_BYTES);
    const transfer =
      calls === undefined
        ? singleCalls(libc, bytes)
        : ringCalls(calls, new SubmissionRing(calls, ledger), bytes);
    const poller = new Poller(libc, ledger);
    const sockets = new Sockets(libc, ledger);
    const fd = sockets.connect({ host: '127.0.0.1', port: (echo.address() as AddressInfo).port }, 0);
    const progress = { sent: false, received: false };
    poller.add(fd, linux.EPOLLOUT, {
      ready: () => {
        if (progress.sent) {
          progress.received = transfer.receive(fd) === 1 && bytes[0] === BYTE;
          return;
        }
        if (sockets.takeError(fd) !== 0 || transfer.receive(fd) !== -EAGAIN) return;
        bytes[0] = BYTE;
        progress.sent = transfer.send(fd) === 1;
        bytes[0] = 0;
        poller.change(fd, linux.EPOLLIN);
      },
    });
    for (let polls = 0; polls < MAX_POLLS && !progress.received; polls++) {
      poller.poll(0);
      // The echo runs on Node's own loop and needs its turn.
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    if (!progress.received) throw new Error(`a byte did not come back within ${MAX_POLLS} looks`);
  } finally {
    ledger.closeAll(libc);
    echo.close();
  }
}

function singleCalls(libc: Libc, bytes: Uint8Array): Transfer {
  return {
    receive(fd) {
      const size = libc.recv(fd, bytes, 1, 0);
      return size < 0 ? -libc.errno() : size;
    },
    send(fd) {
      const size = libc.send(fd, bytes, 1, 0);
      return size < 0 ? -libc.errno() : size;
    },
  };
}

function ringCalls(calls: RingCalls, ring: SubmissionRing, bytes: Uint8Array): Transfer {
  const address = calls.addressOf(bytes);
  const [low, high] = [Number(BigInt.asIntN(32, address)), Number(address >> 32n)];
  const results = new Int32Array(1);
  const result = (): number => {
    if (ring.submit(results) !== 1) throw new Error('io_uring does not take calls');
    return results[0] ?? 0;
  };
  return {
    receive(fd) {
      ring.recv(fd, low, high, 1);
      return result();
    },
    send(fd) {
      ring.send(fd, low, high, 1);
      return result();
    },
  };
}
