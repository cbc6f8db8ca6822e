import { bearerSecurity, refusals, systemClock, type Clock, type HanokServer } from '@hanok/service-kit';
import { Type } from 'typebox';
import type { Chat, ChatMessage } from '../chat/chat.ts';
import type { ChatReader } from '../chat/chat-feed.ts';
import { actsFor, assertService, type CallerOf } from './caller.ts';
import { EventStream, eventText } from './event-stream.ts';
import { endWhenRevoked, endWithServer, type LiveStream } from './live-stream.ts';
import {
  channelParams,
  chatQuery,
  message,
  messageBody,
  messagePage,
  messageParams,
  muteBody,
  muteList,
  muteParams,
  streamHeaders,
  streamQuery,
} from './schemas.ts';
import { SocketStream } from './socket-stream.ts';
import { WebSocketUpgrades } from './web-socket-upgrades.ts';

export interface ChatRoutesOptions {
  readonly chat: Chat;
  /** Players may read channels and publish as themselves; moderating is for services. */
  readonly callerOf: CallerOf;
  /** The same for a request whose stream is open, every 10 s: is it still theirs? Default: `callerOf`. */
  readonly stillCallerOf?: CallerOf;
  readonly clock?: Clock;
}

const documented = { tags: ['chat'], security: bearerSecurity };

/** Mounts `/v1/chat`. */
export function chatRoutes(server: HanokServer, options: ChatRoutesOptions): void {
  const { chat, callerOf } = options;
  server.get(
    '/v1/chat/:channel/messages',
    {
      schema: {
        ...documented,
        summary: 'The newest messages, or those just before or after one; reading removes nothing',
        params: channelParams,
        querystring: chatQuery,
        response: { 200: messagePage, ...refusals(401, 403) },
      },
    },
    async (request) => {
      await callerOf(request);
      const { messages, nextCursor } = await chat.read(request.params.channel, request.query);
      return { items: messages.map(toBody), nextCursor: nextCursor ?? null };
    },
  );

  server.post(
    '/v1/chat/:channel/messages',
    {
      schema: {
        ...documented,
        summary: 'Publish a message; a player leaves playerId out',
        params: channelParams,
        body: messageBody,
        response: { 201: message, ...refusals(401, 403, 429) },
      },
    },
    async (request, reply) => {
      const caller = await callerOf(request);
      const playerId = actsFor(caller, request.body.playerId);
      const { text } = request.body;
      const isLimited = caller.kind === 'player';
      const published = await chat.publish(request.params.channel, playerId, text, { isLimited });
      return reply.code(201).send(toBody(published));
    },
  );

  moderationRoutes(server, options);

  streamRoute(server, options);
}

function streamRoute(
  server: HanokServer,
  { chat, callerOf, stillCallerOf = callerOf, clock = systemClock }: ChatRoutesOptions,
): void {
  const upgrades = WebSocketUpgrades.of(server);
  const streams = endWithServer(server);
  server.get(
    '/v1/chat/:channel/stream',
    {
      schema: {
        ...documented,
        summary:
          'Messages as they are published, as server-sent events or over a WebSocket; resumes after Last-Event-ID or `after`',
        description:
          'A WebSocket gets each message as a text message with the same JSON. Browsers send the token as a subprotocol: `hanok.chat.1, hanok.bearer.<token>`. Whoever leaves 1 MiB unread is cut off, with an event `end` or the close code 1013; whose session ends, within ten seconds, with the code 4000.',
        params: channelParams,
        querystring: streamQuery,
        headers: streamHeaders,
        produces: ['text/event-stream'],
      },
    },
    async (request, reply) => {
      await callerOf(request);
      const after = request.headers['last-event-id'] ?? request.query.after;
      const from = after === undefined ? {} : { after };
      const { channel } = request.params;
      const begin = async (stream: LiveStream, reader: ChatReader): Promise<() => void> => {
        const following = await chat.follow(channel, reader, from);
        const watch = endWhenRevoked(stream, () => stillCallerOf(request), clock);
        streams.add(stream);
        return () => {
          following.close();
          watch.cancel();
          streams.delete(stream);
        };
      };
      if (upgrades.isUpgrade(request)) {
        const stream = new SocketStream(clock);
        const onEnd = await begin(stream, { onMessages: (each) => stream.send(encode(each).texts) });
        stream.open(upgrades, { request, reply }, onEnd);
      } else {
        const stream = new EventStream(clock);
        const onEnd = await begin(stream, { onMessages: (each) => stream.sendText(encode(each).events) });
        stream.open(reply, onEnd);
      }
    },
  );
}

function moderationRoutes(server: HanokServer, { chat, callerOf }: ChatRoutesOptions): void {
  server.delete(
    '/v1/chat/:channel/messages/:id',
    {
      schema: {
        ...documented,
        summary: 'Delete a message; who follows the channel is told',
        params: messageParams,
        response: { 204: Type.Null({ description: 'Gone, or was not there' }), ...refusals(401, 403) },
      },
    },
    async (request, reply) => {
      assertService(await callerOf(request));
      await chat.delete(request.params.channel, request.params.id);
      return reply.code(204).send(null);
    },
  );

  server.get(
    '/v1/chat/:channel/mutes',
    {
      schema: {
        ...documented,
        summary: 'Who is muted in the channel',
        params: channelParams,
        response: { 200: muteList, ...refusals(401, 403) },
      },
    },
    async (request) => {
      assertService(await callerOf(request));
      const mutes = await chat.mutes(request.params.channel);
      const items = mutes.map(({ playerId, untilMs }) => ({
        playerId,
        until: new Date(untilMs).toISOString(),
      }));
      return { items, nextCursor: null };
    },
  );

  server.put(
    '/v1/chat/:channel/mutes/:playerId',
    {
      schema: {
        ...documented,
        summary: 'Let a player publish nothing in the channel for a while',
        params: muteParams,
        body: muteBody,
        response: { 204: Type.Null({ description: 'Muted' }), ...refusals(401, 403) },
      },
    },
    async (request, reply) => {
      assertService(await callerOf(request));
      const { channel, playerId } = request.params;
      await chat.mute(channel, playerId, request.body.seconds * 1_000);
      return reply.code(204).send(null);
    },
  );

  server.delete(
    '/v1/chat/:channel/mutes/:playerId',
    {
      schema: {
        ...documented,
        summary: 'Let a player publish again',
        params: muteParams,
        response: { 204: Type.Null({ description: 'Not muted, or no longer' }), ...refusals(401, 403) },
      },
    },
    async (request, reply) => {
      assertService(await callerOf(request));
      await chat.unmute(request.params.channel, request.params.playerId);
      return reply.code(204).send(null);
    },
  );
}

type Messages = readonly ChatMessage[];

interface Encoded {
  /** As server-sent events. */
  readonly events: Buffer;
  /** For WebSockets, one by one. */
  readonly texts: readonly string[];
}

const encoded = new WeakMap<Messages, Encoded>();

/** Messages as they are sent: made once, however many readers they go to. */
function encode(messages: Messages): Encoded {
  let found = encoded.get(messages);
  if (found === undefined) {
    const bodies = messages.map(toBody);
    found = {
      events: Buffer.from(eventText(bodies.map((data) => ({ id: data.id, data })))),
      texts: bodies.map((body) => JSON.stringify(body)),
    };
    encoded.set(messages, found);
  }
  return found;
}

function toBody({ sentAtMs, ...rest }: ChatMessage) {
  return { ...rest, sentAt: new Date(sentAtMs).toISOString() };
}
