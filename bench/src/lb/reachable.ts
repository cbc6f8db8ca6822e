import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

const attempts = 300;
const pauseMs = 50;

/** @throws Error when nothing accepts connections there within 15 s */
export async function untilReachable(port: number): Promise<void> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const socket = connect(port, '127.0.0.1');
    const reached = await Promise.race([
      once(socket, 'connect').then(
        () => true,
        () => false,
      ),
      sleep(1_000, false),
    ]);
    socket.destroy();
    if (reached) return;
    await sleep(pauseMs);
  }
  throw new Error(`nothing listens on port ${port}`);
}
