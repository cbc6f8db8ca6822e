import { systemClock, type Clock } from '@hanok/service-kit';
import { eventually } from '@hanok/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { playerOf, sessionOf } from './support/answers.ts';
import { openEvents, openSocket, type ChatAnswer, type ChatConnection } from './support/chat-connection.ts';
import { databaseKinds, startTestApp, type TestApp } from './support/test-app.ts';

const adminToken = 'token-of-the-servers';
const password = 'correct horse battery';

/** Ten seconds are over at once: so often the sessions of open streams are looked at. */
let aheadMs = 0;
const clock: Clock = {
  ...systemClock,
  now: () => Date.now() + aheadMs,
  setTimer: (delayMs, run) => systemClock.setTimer(delayMs === 10_000 ? 50 : delayMs, run),
};

const ways: [string, (url: string, token?: string) => Promise<ChatAnswer>, unknown][] = [
  ['server-sent events', (url, token) => openEvents(url, token), 'expired'],
  ['a WebSocket', (url, token) => openSocket(url, token), 4000],
  [
    'a WebSocket, the token a subprotocol',
    (url, token) => openSocket(url, token, { isInProtocol: token !== undefined }),
    4000,
  ],
];

let app: TestApp;
let stack: AsyncDisposableStack;
let streamUrl: string;
let players = 0;

const logIn = async (username: string): Promise<string> =>
  sessionOf(await app.send('POST', '/v1/sessions', { body: { username, password } })).token;

async function join(): Promise<{ id: string; username: string; token: string }> {
  const username = `player-${(players += 1)}`;
  const body = { username, email: `${username}@example.com`, password };
  const { id } = playerOf(await app.send('POST', '/v1/players', { body }));
  return { id, username, token: await logIn(username) };
}

function opened(answer: ChatAnswer): ChatConnection {
  if ('status' in answer) throw new Error(`refused: ${JSON.stringify(answer)}`);
  stack.defer(() => answer.leave());
  return answer;
}

async function say(token: string, text: string): Promise<void> {
  const { status } = await app.send('POST', '/v1/chat/world/messages', { token, body: { text } });
  expect(status).toBe(201);
}

beforeAll(async () => {
  stack = new AsyncDisposableStack();
  const [sqlite] = databaseKinds;
  if (sqlite === undefined) throw new Error('there is SQLite');
  const { url } = stack.use(await sqlite.create());
  app = stack.use(await startTestApp({ databaseUrl: url, adminToken, clock }));
  streamUrl = `${await app.server.listen({ host: '127.0.0.1', port: 0 })}/v1/chat/world/stream`;
});
afterAll(() => stack.disposeAsync());

describe.each(ways)('chat over %s', (_, open, revoked) => {
  it('reaches a player who shows a session', async () => {
    const [mina, jun] = [await join(), await join()];
    const stream = opened(await open(streamUrl, mina.token));
    await say(jun.token, 'hello');
    await say(mina.token, 'hi');
    await eventually(() => expect(stream.texts).toEqual(['hello', 'hi']));
  });

  it('is refused without a session, and with one that is forged, over or of another shape', async () => {
    const { token } = await join();
    await app.send('DELETE', '/v1/sessions', { token });
    const refused = { status: 401, code: 'unauthorized' };
    const forged = `${token.slice(0, -4)}AAAA`;
    for (const each of [undefined, forged, token, 'hps_', 'wrong-horse'])
      expect(await open(streamUrl, each)).toEqual(refused);
  });

  it('ends soon after the player has logged out, and for nobody else', async () => {
    const [mina, jun] = [await join(), await join()];
    const streams = [
      opened(await open(streamUrl, mina.token)),
      opened(await open(streamUrl, jun.token)),
    ] as const;
    const elsewhere = opened(await open(streamUrl, await logIn(mina.username)));
    await app.send('DELETE', '/v1/sessions', { token: mina.token });
    expect(await streams[0].ended).toBe(revoked);
    await say(jun.token, 'still here');
    await eventually(() => {
      for (const stream of [streams[1], elsewhere]) expect(stream.texts).toEqual(['still here']);
    });
    expect(streams[0].texts).toEqual([]);
  });

  it('ends soon after a player was deleted', async () => {
    const { id, token } = await join();
    const stream = opened(await open(streamUrl, token));
    await app.send('DELETE', `/v1/players/${id}`, { token: adminToken });
    expect(await stream.ended).toBe(revoked);
  });

  it('ends soon after the session has run out, and does not begin again', async () => {
    const { token } = await join();
    const stream = opened(await open(streamUrl, token));
    aheadMs += 7_200_000;
    expect(await stream.ended).toBe(revoked);
    expect(await open(streamUrl, token)).toEqual({ status: 401, code: 'unauthorized' });
  });
});
