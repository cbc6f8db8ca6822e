import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import {
  createHttpClient,
  HttpError,
  problems,
  runInRequestContext,
  UnreachableError,
  type HttpClient,
} from '../../src/index.ts';

const servers: Server[] = [];
const clients: HttpClient[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function serve(handler: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer(handler).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function unusedUrl(): Promise<string> {
  const url = await serve(() => undefined);
  const server = servers.pop();
  server?.close();
  if (server) await once(server, 'close');
  return url;
}

function clientOf(...baseUrls: string[]): HttpClient {
  const client = createHttpClient({ baseUrls, token: 'a-token', timeoutMs: 1_000 });
  clients.push(client);
  return client;
}

describe('createHttpClient', () => {
  it('sends JSON with the token and the request id, and parses the answer', async () => {
    const url = await serve((request, response) => {
      let text = '';
      request.on('data', (chunk: Buffer) => (text += chunk.toString()));
      request.on('end', () =>
        response.end(
          JSON.stringify({ text, auth: request.headers.authorization, id: request.headers['x-request-id'] }),
        ),
      );
    });
    const answer = await runInRequestContext({ requestId: 'r-1' }, () =>
      clientOf(url).call({ method: 'POST', path: '/x', body: { a: 1 } }),
    );
    expect(answer).toMatchObject({
      status: 200,
      body: { text: '{"a":1}', auth: 'Bearer a-token', id: 'r-1' },
    });
  });

  it('turns a problem document into an HttpError', async () => {
    const url = await serve((_request, response) => {
      response
        .writeHead(503, { 'retry-after': '7' })
        .end(JSON.stringify(problems.unavailable({ detail: 'no Redis' }).toDocument()));
    });
    const error = await clientOf(url)
      .call({ method: 'GET', path: '/' })
      .catch((each: unknown) => each);
    expect(error).toBeInstanceOf(HttpError);
    expect(error).toMatchObject({
      status: 503,
      code: 'unavailable',
      message: 'no Redis',
      retryable: true,
      retryAfterSeconds: 7,
    });
  });

  it('goes on to the next URL when one cannot be reached, and stays there', async () => {
    let calls = 0;
    const alive = await serve((_request, response) => {
      calls++;
      response.end('{}');
    });
    const client = clientOf(await unusedUrl(), alive);
    await client.call({ method: 'POST', path: '/' });
    await client.call({ method: 'POST', path: '/' });
    expect(calls).toBe(2);
  });

  it('turns to the next URL after an answer that ends the connection', async () => {
    const leaving = await serve((_request, response) => {
      response.writeHead(200, { connection: 'close' }).end('{"from":"leaving"}');
    });
    const staying = await serve((_request, response) => void response.end('{"from":"staying"}'));
    const client = clientOf(leaving, staying);
    const from = async () => (await client.call<{ from: string }>({ method: 'GET', path: '/' })).body.from;
    expect([await from(), await from(), await from()]).toEqual(['leaving', 'staying', 'staying']);
  });

  it('does not send a POST again after the connection broke halfway', async () => {
    let calls = 0;
    const breaking = await serve((request) => {
      calls++;
      request.socket.destroy();
    });
    const client = clientOf(breaking, breaking);
    await expect(client.call({ method: 'POST', path: '/' })).rejects.toThrow(UnreachableError);
    expect(calls).toBe(1);
    await expect(client.call({ method: 'GET', path: '/' })).rejects.toThrow(UnreachableError);
    expect(calls).toBe(3);
  });

  it('gives up at the deadline', async () => {
    const url = await serve(() => undefined);
    const error = await clientOf(url)
      .call({ method: 'GET', path: '/', timeoutMs: 50 })
      .catch((each: unknown) => each);
    expect(error).toBeInstanceOf(UnreachableError);
    expect(error).toMatchObject({ cause: { name: 'TimeoutError' } });
  });
});
