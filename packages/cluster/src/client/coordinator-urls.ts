import type { Rng } from '@hanok/service-kit';

/**
 * The coordinators' addresses as a ring. It starts at a random one, so that many clients spread over them, and stays
 * with one as long as it answers.
 */
export class CoordinatorUrls {
  readonly #urls: readonly string[];
  #index: number;

  /** @throws RangeError for an empty list; TypeError for something that is not an http or https URL. */
  constructor(urls: readonly string[], rng: Rng) {
    if (urls.length === 0) throw new RangeError('coordinatorUrls: must have at least one URL');
    this.#urls = urls.map(normalise);
    this.#index = Math.floor(rng.next() * urls.length) % urls.length;
  }

  get size(): number {
    return this.#urls.length;
  }

  /** The full URL of a path at the coordinator in use. */
  resolve(path: string): string {
    return `${this.#urls[this.#index] ?? ''}${path}`;
  }

  /** Turns to the next coordinator. */
  rotate(): void {
    this.#index = (this.#index + 1) % this.#urls.length;
  }
}

function normalise(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new TypeError(`coordinatorUrls: ${JSON.stringify(text)} must be an http or https URL`);
  }
  return url.href.replace(/\/+$/, '');
}
