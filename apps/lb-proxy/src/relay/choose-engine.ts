import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { ConfigError } from '@hanok/service-kit';
import { DescriptorLedger } from './linux/descriptor-ledger.ts';
import { linux, loadLibc, type Libc } from './linux/libc.ts';
import { Poller } from './linux/poller.ts';
import { Sockets } from './linux/sockets.ts';

/** `auto` takes `linux` where its self-test passes, else `portable`. */
export type WantedEngine = 'auto' | 'portable' | 'linux';

/** The engine to relay with; `linux` comes with the system calls it was tested with. */
export type ChosenEngine =
  { readonly name: 'linux'; readonly libc: Libc } | { readonly name: 'portable'; readonly why: string };

const MAX_POLLS = 1_000;

/** @throws ConfigError when `linux` is wanted and its self-test fails */
export async function chooseEngine(wanted: WantedEngine): Promise<ChosenEngine> {
  if (wanted === 'portable') return { name: 'portable', why: 'RELAY=portable' };
  try {
    const libc = await loadLibc();
    await relayAByte(libc);
    return { name: 'linux', libc };
  } catch (error) {
    const why = (error as Error).message;
    if (wanted === 'linux') throw new ConfigError([`RELAY=linux cannot be used here: ${why}`]);
    return { name: 'portable', why };
  }
}

/** Connects, waits, sends and receives through the system calls, against a socket of Node's own. */
async function relayAByte(libc: Libc): Promise<void> {
  const echo = createServer((socket) => socket.pipe(socket)).listen(0, '127.0.0.1');
  await once(echo, 'listening');
  const ledger = new DescriptorLedger();
  const poller = new Poller(libc, ledger);
  try {
    const sockets = new Sockets(libc, ledger);
    const fd = sockets.connect({ host: '127.0.0.1', port: (echo.address() as AddressInfo).port }, 0);
    const byte = Uint8Array.of(42);
    const progress = { sent: false, received: false };
    poller.add(fd, linux.EPOLLOUT, {
      ready: () => {
        if (progress.sent) {
          progress.received = libc.recv(fd, byte, 1, 0) === 1 && byte[0] === 42;
          return;
        }
        progress.sent = sockets.takeError(fd) === 0 && libc.send(fd, byte, 1, 0) === 1;
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
