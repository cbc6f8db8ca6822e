import { fastify } from 'fastify';
import type { AddressInfo } from 'node:net';
import { samplePlayer } from '../sample-player.ts';

/** The least that fastify can do for the same requests: the same body, from memory. */
const server = fastify();
server.get('/v1/players/:id', (_request, reply) => {
  void reply.send(samplePlayer);
});
server.put('/v1/players/:id', (_request, reply) => {
  void reply.send(samplePlayer);
});
await server.listen({ host: '127.0.0.1', port: 0 });
process.stdout.write(`listening ${(server.server.address() as AddressInfo).port}\n`);
