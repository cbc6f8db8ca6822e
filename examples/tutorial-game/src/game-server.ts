import { createServer, type Server, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { HanokError } from '@hanok/client';
import { Conversation } from './conversation.ts';
import type { Table } from './table.ts';

/** A client that says nothing for this long is let go, milliseconds. */
const IDLE_TIMEOUT_MS = 300_000;

/** The TCP side of the game: a line in, a line out, one at a time. */
export function createGameServer(table: Table, random: () => number): Server {
  return createServer((socket) => {
    socket.setTimeout(IDLE_TIMEOUT_MS, () => socket.destroy());
    socket.on('error', () => socket.destroy());
    void converse(socket, new Conversation(table, random));
  });
}

async function converse(socket: Socket, conversation: Conversation): Promise<void> {
  for await (const line of createInterface({ input: socket })) {
    const answer = await conversation.hear(line).catch(sayWhy);
    if (answer === undefined) break;
    socket.write(`${answer}\n`);
  }
  socket.end();
}

/** A player should hear of trouble, not of its stack trace. */
function sayWhy(error: unknown): string {
  if (error instanceof HanokError) return `sorry: ${error.message}`;
  throw error;
}
