// A backend with next to no backlog: stopped, it leaves the kernel no room for more connections. Prints its port.
import { createServer, type AddressInfo } from 'node:net';

const server = createServer((socket) => {
  socket.on('error', () => undefined);
  socket.resume();
});
server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
  process.stdout.write(`listening on ${(server.address() as AddressInfo).port}\n`);
});
