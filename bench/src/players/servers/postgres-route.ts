import { defineEntity, integer, openDatabase, text, timestamp } from '@hanok/repository';
import { fastify } from 'fastify';
import type { AddressInfo } from 'node:net';
import { Pool, types } from 'pg';

/** The same two routes over PostgreSQL, by `ROUTE_BY=pg` with named statements or by `ROUTE_BY=repository`. */
interface Players {
  read(id: number): Promise<unknown>;
  setLevel(id: number, level: number): Promise<unknown>;
}

const url = process.env['DATABASE_URL'] ?? '';
const players = process.env['ROUTE_BY'] === 'pg' ? byHand() : await byRepository();

function byHand(): Players {
  types.setTypeParser(types.builtins.INT8, Number);
  const pool = new Pool({ connectionString: url, max: 20 });
  const columns = `id, username, email, level, experience, gold, created_at AS "createdAt",
    last_login_at AS "lastLoginAt", version`;
  const read = { name: 'read', text: `SELECT ${columns} FROM players WHERE id = $1` };
  const update = {
    name: 'update',
    text: `UPDATE players SET level = $1, version = version + 1 WHERE id = $2 RETURNING ${columns}`,
  };
  return {
    read: async (id) => (await pool.query({ ...read, values: [id] })).rows[0] as unknown,
    setLevel: async (id, level) => (await pool.query({ ...update, values: [level, id] })).rows[0] as unknown,
  };
}

async function byRepository(): Promise<Players> {
  const entity = defineEntity({
    table: 'players',
    columns: {
      id: integer().generated(),
      username: text(),
      email: text(),
      level: integer(),
      experience: integer(),
      gold: integer(),
      createdAt: timestamp(),
      lastLoginAt: timestamp().nullable(),
      version: integer().version(),
    },
  });
  const database = await openDatabase(url);
  const repository = database.repository(entity);
  return {
    read: (id) => repository.findById(id),
    setLevel: (id, level) => repository.update(id, { level }),
  };
}

const server = fastify();
server.get<{ Params: { id: string } }>('/v1/players/:id', async (request, reply) =>
  reply.send(await players.read(Number(request.params.id))),
);
server.put<{ Params: { id: string }; Body: { level: number } }>('/v1/players/:id', async (request, reply) =>
  reply.send(await players.setLevel(Number(request.params.id), request.body.level)),
);
await server.listen({ host: '127.0.0.1', port: 0 });
process.stdout.write(`listening ${(server.server.address() as AddressInfo).port}\n`);
