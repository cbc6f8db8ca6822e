import { connect } from 'node:net';
import type { Socket } from 'node:net';
import type { Way } from './link-rules.ts';

/** What TCP waits at least before it sends again what was lost. */
const retransmitMs = 200;

/**
 * One TCP connection through the relay. A cut holds the bytes back instead of breaking the connection, as a network
 * does that drops packets: both ends hear nothing, until it heals or they give up. A connection is made only when both
 * ways are open, as its handshake needs both.
 */
export class RelayedStream {
  readonly #near: Socket;
  readonly #there: Way;
  readonly #back: Way;
  readonly #onClose: () => void;
  #far: Socket | null = null;
  #closed = false;

  constructor(
    near: Socket,
    target: { readonly realHost: string; readonly port: number },
    there: Way,
    back: Way,
    onClose: () => void,
  ) {
    this.#near = near;
    this.#there = there;
    this.#back = back;
    this.#onClose = onClose;
    near.setNoDelay(true);
    near.on('close', () => this.destroy());
    void this.#open(target.realHost, target.port);
  }

  destroy(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#near.destroy();
    this.#far?.destroy();
    this.#onClose();
  }

  async #open(host: string, port: number): Promise<void> {
    while (this.#there.isCut || this.#back.isCut) {
      await this.#there.open();
      await this.#back.open();
    }
    if (this.#closed) return;
    const far = connect({ host, port, noDelay: true });
    this.#far = far;
    far.on('error', () => undefined);
    far.on('close', () => this.destroy());
    void this.#pass(this.#near, far, this.#there);
    void this.#pass(far, this.#near, this.#back);
  }

  async #pass(from: Socket, to: Socket, way: Way): Promise<void> {
    try {
      for await (const chunk of from as AsyncIterable<Buffer>) {
        await way.open();
        if (way.loses()) await new Promise((sentAgain) => setTimeout(sentAgain, retransmitMs));
        await way.open();
        way.after(() => {
          if (to.writable) to.write(chunk);
        });
      }
      await way.open();
      way.after(() => to.end());
    } catch {
      this.destroy();
    }
  }
}
