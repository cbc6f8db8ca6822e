import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { percentile } from '../harness/statistics.ts';

/**
 * Sends requests at a fixed rate over keep-alive connections and prints the 50th and 99th percentile of the answers'
 * times, ms. A request never waits for the answers to those before it, so a slow answer hides no other one
 * ("coordinated omission", Tene, 2013).
 *
 * Arguments: port, connections, requests per second, seconds.
 */
const [port = 0, connections = 0, rate = 0, seconds = 0] = process.argv.slice(2).map(Number);

const request = 'GET / HTTP/1.1\r\nHost: bench\r\n\r\n';
const settlingMs = 300;
const tickMs = 1;

/** One connection; answers come in the order of the requests, and are all of one size. */
class Lane {
  readonly #socket: Socket;
  readonly #answerBytes: number;
  readonly #askedAtMs: number[] = [];
  readonly #elapsedMs: number[];
  #answered = 0;
  #restBytes = 0;

  constructor(socket: Socket, answerBytes: number, elapsedMs: number[]) {
    this.#socket = socket;
    this.#answerBytes = answerBytes;
    this.#elapsedMs = elapsedMs;
    socket.on('data', (bytes: Buffer) => this.#take(bytes.length));
    socket.on('close', () => assert.fail('a connection was closed'));
  }

  get waiting(): number {
    return this.#askedAtMs.length - this.#answered;
  }

  ask(): void {
    this.#askedAtMs.push(performance.now());
    this.#socket.write(request);
  }

  #take(sizeBytes: number): void {
    const nowMs = performance.now();
    for (this.#restBytes += sizeBytes; this.#restBytes >= this.#answerBytes; this.#answered++) {
      this.#restBytes -= this.#answerBytes;
      this.#elapsedMs.push(nowMs - (this.#askedAtMs[this.#answered] ?? nowMs));
    }
  }
}

async function open(elapsedMs: number[]): Promise<Lane> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  socket.write(request);
  const [answer] = (await once(socket, 'data')) as [Buffer];
  assert.ok(answer.toString().endsWith('hello, game'), 'a small answer arrives in one piece');
  return new Lane(socket, answer.length, elapsedMs);
}

const elapsedMs: number[] = [];
const lanes: Lane[] = [];
for (let index = 0; index < connections; index++) lanes.push(await open(elapsedMs));

let sent = 0;
const startedAtMs = performance.now() + settlingMs;
while (sent < rate * seconds) {
  await new Promise((resolve) => setTimeout(resolve, tickMs));
  const due = Math.min(seconds, (performance.now() - startedAtMs) / 1_000) * rate;
  for (; sent < due; sent++) lanes[sent % lanes.length]?.ask();
}
while (lanes.some((lane) => lane.waiting > 0)) await new Promise((resolve) => setTimeout(resolve, tickMs));
process.stdout.write(
  `${JSON.stringify({ p50: percentile(elapsedMs, 50), p99: percentile(elapsedMs, 99) })}\n`,
);
process.exit();
