import { once } from 'node:events';
import { connect } from 'node:net';

/**
 * Opens connections, sends a request on each, prints `ready` when all are answered, and then keeps them idle.
 *
 * Arguments: port, connections.
 */
const [port = 0, connections = 0] = process.argv.slice(2).map(Number);
const atOnce = 100;

async function open(): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write('GET / HTTP/1.1\r\nHost: bench\r\n\r\n');
  await once(socket, 'data');
  socket.on('close', () => {
    throw new Error('an idle connection was closed');
  });
}

for (let opened = 0; opened < connections; opened += atOnce) {
  await Promise.all(Array.from({ length: Math.min(atOnce, connections - opened) }, open));
}
process.stdout.write('ready\n');
