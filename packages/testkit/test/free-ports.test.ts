import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, it } from 'vitest';
import { freePort, freePorts } from '../src/index.ts';

it('gives ports that can be listened on, by TCP and UDP', async () => {
  const port = await freePort();
  const server = createServer().listen(port, '127.0.0.1');
  const socket = createSocket('udp4').bind(port, '127.0.0.1');
  await Promise.all([once(server, 'listening'), once(socket, 'listening')]);
  expect(server.address()).toMatchObject({ port });
  server.close();
  socket.close();
});

it('never gives the same one twice', async () => {
  const ports = await freePorts(100);
  expect(new Set([...ports, ...(await freePorts(100))]).size).toBe(200);
});
