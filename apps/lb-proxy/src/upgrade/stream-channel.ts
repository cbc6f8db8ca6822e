import type { Socket } from 'node:net';
import {
  answersLate,
  ChannelError,
  hasEnded,
  MAX_MESSAGE_BYTES,
  type Delivery,
  type UpgradeChannel,
} from './upgrade-platform.ts';

const LINE_END = '\n';

/** Messages of JSON, one a line, over a connected stream. Takes no descriptors. */
export class StreamChannel<Sent extends object, Received extends object> implements UpgradeChannel<
  Sent,
  Received
> {
  readonly #socket: Socket;
  readonly #messages: Received[] = [];
  #partial = '';
  #over = false;
  #wake: () => void = () => undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => this.#take(text));
    socket.on('error', () => this.#end());
    socket.on('close', () => this.#end());
  }

  send(message: Sent, descriptors: readonly number[], deadlineMs: number): Promise<void> {
    const line = JSON.stringify(message) + LINE_END;
    if (line.length > MAX_MESSAGE_BYTES || descriptors.length > 0) {
      throw new RangeError(`${line.length} bytes with ${descriptors.length} descriptors are too many`);
    }
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(answersLate(deadlineMs)), deadlineMs);
      this.#socket.write(line, (error) => {
        clearTimeout(timer);
        if (error === null || error === undefined) resolve();
        else reject(hasEnded());
      });
    });
  }

  async receive(deadlineMs: number): Promise<Delivery<Received>> {
    const untilMs = performance.now() + deadlineMs;
    for (;;) {
      const message = this.#messages.shift();
      if (message !== undefined) return { message, descriptors: [] };
      if (this.#over) throw hasEnded();
      const leftMs = untilMs - performance.now();
      if (leftMs <= 0) throw answersLate(deadlineMs);
      await this.#change(leftMs);
    }
  }

  cutOff(): void {
    this.#socket.destroy();
  }

  closeAll(descriptors: readonly number[]): void {
    if (descriptors.length > 0) throw new ChannelError('partial', 'descriptors cannot come this way');
  }

  close(): void {
    this.#socket.end();
    this.#socket.destroySoon();
  }

  #take(text: string): void {
    const lines = (this.#partial + text).split(LINE_END);
    this.#partial = lines.pop() ?? '';
    if (this.#partial.length > MAX_MESSAGE_BYTES) this.#socket.destroy();
    for (const line of lines) this.#messages.push(JSON.parse(line) as Received);
    this.#wake();
  }

  #end(): void {
    this.#over = true;
    this.#wake();
  }

  /** Resolves when something has come, the other side has ended, or the time is over. */
  #change(withinMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, withinMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
