// Plays in a network of its own, where few ports are left for connections: a backend, a proxy (its command line
// follows the ports), and more clients than the proxy can have ports for. Prints what came of them as JSON.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const CLIENTS = 14;
const [proxyPort, backendPort, command = '', ...args] = process.argv.slice(2);

const server = createServer((socket) => {
  socket.on('error', () => undefined);
  socket.on('data', (chunk) => socket.write(chunk));
});
server.listen(Number(backendPort), '127.0.0.1');
await once(server, 'listening');
const proxy = spawn(command, args, { stdio: ['ignore', 'ignore', 'inherit'] });

/** Asks through the proxy: `served` and open, or how it was let go. */
function ask(localAddress: string): Promise<{ socket: Socket; came: string }> {
  const socket = connect({ port: Number(proxyPort), host: '127.0.0.1', localAddress });
  socket.write('x');
  return new Promise((resolve) => {
    socket.once('data', () => resolve({ socket, came: 'served' }));
    socket.on('end', () => resolve({ socket, came: 'end' }));
    socket.on('error', (error: NodeJS.ErrnoException) => resolve({ socket, came: error.code ?? 'error' }));
  });
}

async function untilServed(): Promise<Socket> {
  for (;;) {
    const { socket, came } = await ask('127.0.0.9');
    if (came === 'served') return socket;
    socket.destroy();
    await sleep(100);
  }
}

(await untilServed()).destroy();
// Ports of the clients' own: each of these addresses has the few to itself.
const asked = await Promise.all(Array.from({ length: CLIENTS }, (_, client) => ask(`127.0.1.${client + 1}`)));
for (const { socket } of asked) socket.destroy();
(await untilServed()).destroy();
process.stdout.write(`${JSON.stringify(asked.map(({ came }) => came))}\n`);
proxy.kill('SIGKILL');
process.exit();
