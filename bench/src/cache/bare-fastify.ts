import { fastify } from 'fastify';
import type { AddressInfo } from 'node:net';

/** The least that fastify can do: the body it is given, for every player. */
const [body = '{}'] = process.argv.slice(2);
const player = JSON.parse(body) as object;
const server = fastify();
server.get('/v1/cache/players/:id', (_request, reply) => {
  void reply.send(player);
});
await server.listen({ host: '127.0.0.1', port: 0 });
process.stdout.write(`listening ${(server.server.address() as AddressInfo).port}\n`);
