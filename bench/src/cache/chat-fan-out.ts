import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ServerProcess } from '../harness/http-server-process.ts';
import type { Figure } from '../harness/figure.ts';
import { percentile } from '../harness/statistics.ts';
import { adminToken, send } from './cache-service.ts';

const readers = 1_000;
const messages = 200;
/** Published before those that count: what the first ones take is compiling. */
const warmUpMessages = 50;
const channel = '/v1/chat/world';

/** From the moment a message is published until each of many live readers has it. */
export function chatFigure(service: ServerProcess): Figure {
  return {
    title: `chat: publish to ${readers.toLocaleString('en')} live readers, p99`,
    unit: 'ms',
    better: 'lower',
    must: 25,
    async measure() {
      const timesMs = await publishToReaders(service.url);
      return {
        value: percentile(timesMs, 99),
        remark: `${messages} messages, p50 ${percentile(timesMs, 50).toFixed(1)} ms`,
      };
    },
  };
}

async function publishToReaders(url: string): Promise<number[]> {
  const timesMs: number[] = [];
  let publishedAtMs = 0;
  let missing = 0;
  let onAll: () => void = () => undefined;
  const sockets = await Promise.all(
    Array.from({ length: readers }, () =>
      openStream(url, () => {
        timesMs.push(performance.now() - publishedAtMs);
        missing -= 1;
        if (missing === 0) onAll();
      }),
    ),
  );
  try {
    for (let i = -warmUpMessages; i < messages; i += 1) {
      if (i === 0) timesMs.length = 0;
      missing = readers;
      const all = new Promise<void>((resolve) => {
        onAll = resolve;
      });
      publishedAtMs = performance.now();
      await Promise.all([
        send(`${url}${channel}/messages`, 'POST', { playerId: '1', text: `message ${i}` }),
        all,
      ]);
      await sleep(5);
    }
  } finally {
    for (const socket of sockets) socket.destroy();
  }
  return timesMs;
}

/** As little of a client as there can be, so that a thousand of them leave the processor to the server. */
async function openStream(url: string, onMessage: () => void): Promise<Socket> {
  const { hostname, port, host } = new URL(url);
  const opened = Promise.withResolvers<void>();
  let isOpen = false;
  const socket = connect({
    host: hostname,
    port: Number(port),
    onread: {
      buffer: Buffer.alloc(4_096),
      callback(length, buffer) {
        if (isOpen) onMessage();
        else if (Buffer.from(buffer).subarray(0, length).toString('latin1').startsWith('HTTP/1.1 200'))
          opened.resolve();
        else opened.reject(new Error('the stream did not open'));
        isOpen = true;
        return true;
      },
    },
  });
  socket.on('error', opened.reject);
  socket.write(
    `GET ${channel}/stream HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${adminToken}\r\n\r\n`,
  );
  await opened.promise;
  return socket;
}
