import { beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { sharedApp } from '../support/open-app.ts';

const adminToken = 'correct-horse-battery';
const shared = sharedApp({ adminToken });
let url = '';
beforeAll(async () => {
  url = (await shared().server.listen({ host: '127.0.0.1', port: 0 })).replace(/^http/, 'ws');
});

interface Offer {
  readonly authorization?: string;
  readonly protocols?: readonly string[];
}

/** What came of a request to upgrade: an open WebSocket with its subprotocol, or an answer and the end. */
async function upgrade(path: string, { authorization, protocols = [] }: Offer) {
  const headers = authorization === undefined ? {} : { authorization };
  const socket = new WebSocket(url + path, [...protocols], { headers });
  return new Promise<object>((resolve, reject) => {
    socket.on('error', reject);
    socket.on('open', () => {
      resolve({ protocol: socket.protocol });
      socket.close();
    });
    socket.on('unexpected-response', (_request, response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      response.on('end', () => {
        const { statusCode: status, headers: answered } = response;
        const { code } = JSON.parse(body) as { code: string };
        resolve({ status, code, type: answered['content-type'], connection: answered['connection'] });
      });
    });
  });
}

const refused = (status: number, code: string) => ({
  status,
  code,
  type: expect.stringContaining('application/problem+json') as string,
  connection: 'close',
});

describe.each(['/v1/chat/world/stream', '/v1/store/signals'])('a WebSocket on %s', (path) => {
  it.each<[string, Offer, object]>([
    ['no credential', {}, refused(401, 'unauthorized')],
    ['a wrong one', { authorization: 'Bearer wrong-horse' }, refused(403, 'forbidden')],
    ['no bearer', { authorization: `Basic ${adminToken}` }, refused(401, 'unauthorized')],
    [
      'a wrong one as a subprotocol',
      { protocols: ['hanok.chat.1', 'hanok.bearer.wrong-horse'] },
      refused(403, 'forbidden'),
    ],
    [
      'a wrong header, whatever subprotocol comes with it',
      { authorization: 'Bearer wrong-horse', protocols: [`hanok.bearer.${adminToken}`] },
      refused(403, 'forbidden'),
    ],
    ['a subprotocol that is none', { protocols: ['hanok.chat.1'] }, refused(401, 'unauthorized')],
  ])('is refused with a problem for %s', async (_, offer, answer) => {
    expect(await upgrade(path, offer)).toEqual(answer);
  });

  it('is refused for the session of a player', async () => {
    const { token } = await shared().cache.sessions.create('42');
    const answer = refused(403, 'forbidden');
    expect(await upgrade(path, { authorization: `Bearer ${token}` })).toEqual(answer);
    expect(await upgrade(path, { protocols: [`hanok.bearer.${token}`] })).toEqual(answer);
  });

  it('opens for the service credential, and never names it as the subprotocol', async () => {
    const authorization = `Bearer ${adminToken}`;
    expect(await upgrade(path, { authorization })).toEqual({ protocol: '' });
    const protocols = [`hanok.bearer.${adminToken}`, 'hanok.chat.1'];
    expect(await upgrade(path, { protocols })).toEqual({ protocol: 'hanok.chat.1' });
  });
});

it('answers a request to upgrade where there is nothing', async () => {
  const authorization = `Bearer ${adminToken}`;
  expect(await upgrade('/v1/nowhere', { authorization })).toMatchObject({ status: 404, connection: 'close' });
});
