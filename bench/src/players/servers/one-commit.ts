import Driver from 'better-sqlite3';
import { fastify } from 'fastify';
import type { AddressInfo } from 'node:net';

/** A route as it is usually written: prepared statements by hand, one commit for each request. */
const database = new Driver(process.env['DATABASE_PATH']);
database.pragma('synchronous = FULL');
database.pragma('cache_size = -65536');
const columns = 'id, username, email, level, experience, gold, created_at, last_login_at, version';
const update = database.prepare(
  `UPDATE players SET level = ?, version = version + 1 WHERE id = ? RETURNING ${columns}`,
);

const server = fastify();
server.put<{ Params: { id: string }; Body: { level: number } }>('/v1/players/:id', (request, reply) => {
  void reply.send(update.get(request.body.level, Number(request.params.id)));
});
await server.listen({ host: '127.0.0.1', port: 0 });
process.stdout.write(`listening ${(server.server.address() as AddressInfo).port}\n`);
