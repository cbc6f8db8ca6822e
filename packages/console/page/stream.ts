import { readSession } from './api.ts';
import type { Delta } from '../src/live/tables.ts';
import type { Store } from './store.ts';

export type LinkState = 'connecting' | 'live' | 'lost';

/** The server says something each second; silence for so long means that it is gone. */
const silenceMs = 4_000;
const retryMs = 1_500;

/** Keeps the store in step with the server, and comes back when the link breaks. */
export class LiveStream {
  readonly #store: Store;
  readonly #onLink: (state: LinkState) => void;
  readonly #onSignedOut: () => void;
  #source: EventSource | null = null;
  #silence = 0;
  #retry = 0;

  constructor(store: Store, onLink: (state: LinkState) => void, onSignedOut: () => void) {
    this.#store = store;
    this.#onLink = onLink;
    this.#onSignedOut = onSignedOut;
    this.#open();
  }

  close(): void {
    this.#source?.close();
    window.clearTimeout(this.#silence);
    window.clearTimeout(this.#retry);
  }

  #open(): void {
    this.close();
    const source = new EventSource('./api/stream');
    this.#source = source;
    source.addEventListener('snapshot', (event) => this.#take(event, true));
    source.addEventListener('delta', (event) => this.#take(event, false));
    source.addEventListener('signed-out', () => this.#onSignedOut());
    source.addEventListener('error', () => this.#lost());
    this.#awaitWord();
  }

  #take(event: MessageEvent<string>, isWhole: boolean): void {
    this.#store.apply(JSON.parse(event.data) as Delta, isWhole);
    this.#onLink('live');
    this.#awaitWord();
  }

  #awaitWord(): void {
    window.clearTimeout(this.#silence);
    this.#silence = window.setTimeout(() => this.#lost(), silenceMs);
  }

  #lost(): void {
    this.close();
    this.#onLink('lost');
    this.#retry = window.setTimeout(() => void this.#comeBack(), retryMs);
  }

  /** A refused stream does not say why: the session may have ended meanwhile. */
  async #comeBack(): Promise<void> {
    const session = await readSession().catch(() => null);
    if (session?.signedIn === false) this.#onSignedOut();
    else this.#open();
  }
}
