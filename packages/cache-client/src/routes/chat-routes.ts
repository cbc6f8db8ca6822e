import { bearerSecurity, refusals, type HanokServer } from '@hanok/service-kit';
import type { Chat, ChatMessage } from '../chat/chat.ts';
import { actsFor, type CallerOf } from './caller.ts';
import { endWithServer, EventStream } from './event-stream.ts';
import {
  channelParams,
  chatQuery,
  message,
  messageBody,
  messagePage,
  streamHeaders,
  streamQuery,
} from './schemas.ts';

export interface ChatRoutesOptions {
  readonly chat: Chat;
  /** Players may read channels and publish as themselves. */
  readonly callerOf: CallerOf;
}

const documented = { tags: ['chat'], security: bearerSecurity };

/** Mounts `/v1/chat`. */
export function chatRoutes(server: HanokServer, { chat, callerOf }: ChatRoutesOptions): void {
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
        response: { 201: message, ...refusals(401, 403) },
      },
    },
    async (request, reply) => {
      const playerId = actsFor(await callerOf(request), request.body.playerId);
      const published = await chat.publish(request.params.channel, playerId, request.body.text);
      return reply.code(201).send(toBody(published));
    },
  );

  const streams = endWithServer(server);
  server.get(
    '/v1/chat/:channel/stream',
    {
      schema: {
        ...documented,
        summary:
          'Messages as they are published, as server-sent events; resumes after Last-Event-ID or `after`',
        params: channelParams,
        querystring: streamQuery,
        headers: streamHeaders,
        produces: ['text/event-stream'],
      },
    },
    async (request, reply) => {
      await callerOf(request);
      const after = request.headers['last-event-id'] ?? request.query.after;
      const stream = new EventStream();
      const onMessages = (messages: readonly ChatMessage[]): void =>
        stream.send(messages.map((each) => ({ id: each.id, data: toBody(each) })));
      const from = after === undefined ? {} : { after };
      const following = await chat.follow(request.params.channel, { onMessages }, from);
      streams.add(stream);
      stream.open(reply, () => {
        following.close();
        streams.delete(stream);
      });
    },
  );
}

function toBody({ id, channel, playerId, text, sentAtMs }: ChatMessage) {
  return { id, channel, playerId, text, sentAt: new Date(sentAtMs).toISOString() };
}
