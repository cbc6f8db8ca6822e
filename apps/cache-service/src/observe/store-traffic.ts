import type { Clock, HanokServer } from '@hanok/service-kit';
import type { preSerializationHookHandler } from 'fastify';
import { FrequentKeys, type FrequentKey } from './frequent-keys.ts';

/** One in so many operations is looked at for the hot keys; all are counted. */
const sampleEvery = 8;

/** What is asked of the store: how much, with what success, and for which keys. */
export class StoreTraffic {
  readonly #keys = new FrequentKeys();
  readonly #clock: Clock;
  operations = 0;
  hits = 0;
  misses = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Takes in one operation and what came of it. */
  count(name: string, key: string, reply: unknown): void {
    this.operations += 1;
    if (this.operations % sampleEvery === 0) this.#keys.add(key, this.#clock.monotonicMs());
    const isFound = reply !== null;
    // Both answer with the entry that is there, or with nothing: `lease` then gives the right to fill it.
    if (name !== 'lease' && !(name === 'get' && key.startsWith('player:'))) return;
    if (isFound) this.hits += 1;
    else this.misses += 1;
  }

  /** Counts are of a sample, scaled up. */
  hotKeys(count: number): FrequentKey[] {
    return this.#keys.top(count).map((each) => ({ ...each, count: each.count * sampleEvery }));
  }
}

interface WireRequest {
  readonly operations: readonly { readonly name: string; readonly keys: readonly string[] }[];
}

interface WireAnswer {
  readonly results: readonly { readonly reply?: unknown }[];
}

/** Watches what other services ask of the store by HTTP. */
export function observeStore(server: HanokServer, traffic: StoreTraffic): void {
  const observe: preSerializationHookHandler = (request, reply, payload, done) => {
    // What was refused may have a body of any form.
    if (reply.statusCode === 200) count(request.body as WireRequest, payload as WireAnswer);
    done(null, payload);
  };
  const count = ({ operations }: WireRequest, { results }: WireAnswer): void => {
    for (const [index, { name, keys }] of operations.entries()) {
      traffic.count(name, keys[0] ?? '', results[index]?.reply ?? null);
    }
  };
  server.addHook('onRoute', (route) => {
    if (route.url !== '/v1/store/operations') return;
    route.preSerialization = [observe, route.preSerialization ?? []].flat();
  });
}
