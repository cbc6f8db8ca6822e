import { once } from 'node:events';
import { connect, type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { createServer } from '../../src/index.ts';

/** Sends the requests in one packet, so that one turn of the event loop brings them. @returns what happened in order. */
async function happenings(method: 'GET' | 'POST'): Promise<string[]> {
  const happened: string[] = [];
  const server = await createServer({ name: 'test', description: 'A test', host: '127.0.0.1' });
  server.route({
    method,
    url: '/:name',
    handler: async (request) => {
      happened.push(`handled ${request.url}`);
      return { ok: true };
    },
  });
  server.server.prependListener('request', ({ url }) => happened.push(`arrived ${url}`));
  await server.listen({ host: '127.0.0.1', port: 0 });
  const socket = connect((server.server.address() as AddressInfo).port, '127.0.0.1');
  await once(socket, 'connect');
  const request = (path: string, connection: string) =>
    `${method} ${path} HTTP/1.1\r\nhost: test\r\nconnection: ${connection}\r\ncontent-length: 0\r\n\r\n`;
  socket.write(request('/a', 'keep-alive') + request('/b', 'close'));
  expect((await text(socket)).match(/HTTP\/1\.1 200 OK/g)).toHaveLength(2);
  await server.close();
  return happened;
}

it('handles the reads of one turn together, when all of them have arrived', async () => {
  expect(await happenings('GET')).toEqual(['arrived /a', 'arrived /b', 'handled /a', 'handled /b']);
});

it('lets writes begin at once', async () => {
  expect(await happenings('POST')).toEqual(['arrived /a', 'handled /a', 'arrived /b', 'handled /b']);
});
