import type { Rng } from '@hanok/service-kit';
import { seededRng } from '@hanok/testkit';
import type { Operation } from './checker.ts';
import type { RegistryInput, RegistryOutput } from './registry-model.ts';

type Op = Operation<RegistryInput, RegistryOutput>;

/** What came of a request: an answer, certainly nothing, or who knows. */
type Outcome = { readonly output: RegistryOutput } | 'nothing done' | 'unknown';

const callTimeoutMs = 1_500;
const pauseMs = 10;
/** After a request that failed: the histories would fill with unknown outcomes otherwise. */
const retryMs = 150;
/** An id is used for so long: short histories are quickly decided. */
const idLifeMs = 1_500;

/**
 * Clients that register, remove and read the same ids through different coordinators, each one call at a time, and
 * write down what they were told. Reads are the consistent ones.
 */
export class RegistryClients {
  readonly #histories = new Map<string, Op[]>();
  readonly #startedAt = performance.now();
  readonly #running: Promise<void>[];
  #over = false;

  /** @param urls one client each. */
  constructor(urls: readonly string[], seed: string) {
    this.#running = urls.map((url, index) =>
      this.#run(`client-${index}`, url, seededRng(`${seed} ${index}`)),
    );
  }

  /** Ends them. @returns what happened to each id. */
  async stop(): Promise<ReadonlyMap<string, readonly Op[]>> {
    this.#over = true;
    await Promise.all(this.#running);
    return this.#histories;
  }

  async #run(client: string, url: string, rng: Rng): Promise<void> {
    for (let count = 0; !this.#over; count += 1) {
      const life = Math.floor((performance.now() - this.#startedAt) / idLifeMs);
      const id = `linear-${life}-${rng.next() < 0.5 ? 'a' : 'b'}`;
      const input = inputOf(rng, `${client} ${count}`);
      const calledAt = performance.now();
      const outcome = await call(`${url}/v1/nodes/${id}`, input);
      const returnedAt = outcome === 'unknown' ? Infinity : performance.now();
      if (outcome !== 'nothing done') {
        const output = outcome === 'unknown' ? null : outcome.output;
        const history = this.#histories.get(id) ?? [];
        history.push({ client, input, output, calledAt, returnedAt });
        this.#histories.set(id, history);
      }
      const isAway = outcome === 'unknown' || outcome === 'nothing done';
      await new Promise((go) => setTimeout(go, (isAway ? retryMs : pauseMs) * rng.next() * 2));
    }
  }
}

function inputOf(rng: Rng, text: string): RegistryInput {
  const kind = rng.next();
  if (kind < 0.45) return { type: 'read' };
  if (kind < 0.6) return { type: 'remove' };
  return { type: 'put', port: rng.next() < 0.8 ? 1 : 2, text };
}

async function call(url: string, input: RegistryInput): Promise<Outcome> {
  const method = { read: 'GET', put: 'PUT', remove: 'DELETE' }[input.type];
  const body = input.type === 'put' ? JSON.stringify(registrationOf(input.port, input.text)) : null;
  try {
    const response = await fetch(input.type === 'read' ? `${url}?consistent=true` : url, {
      method,
      body,
      headers: body === null ? {} : { 'content-type': 'application/json' },
      signal: AbortSignal.timeout(callTimeoutMs),
    });
    const text = await response.text();
    return outcomeOf(input, response.status, (text === '' ? {} : JSON.parse(text)) as Answer);
  } catch (error) {
    if (error instanceof RangeError) throw error;
    return isRefused(error) ? 'nothing done' : 'unknown';
  }
}

/** Nobody listens: the request was not even sent. */
function isRefused(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : null;
  return cause instanceof Error && 'code' in cause && cause.code === 'ECONNREFUSED';
}

interface Answer {
  readonly code?: string;
  readonly port?: number;
  readonly metadata?: { readonly text?: string };
}

function outcomeOf(input: RegistryInput, status: number, answer: Answer): Outcome {
  // Not sent to a leader at all: so it says, and so it is held to.
  if (status === 503) return answer.code === 'no_leader' ? 'nothing done' : 'unknown';
  if (status === 404) return { output: { type: 'absent' } };
  if (status === 204) return { output: { type: 'removed' } };
  if (status === 409) return { output: { type: 'taken' } };
  if (status === 201) return { output: { type: 'registered' } };
  if (status !== 200) throw new RangeError(`unexpected answer ${status}`);
  if (input.type === 'put') return { output: { type: 'kept' } };
  return { output: { type: 'found', kept: { port: answer.port ?? 0, text: answer.metadata?.text ?? '' } } };
}

/** Its lease outlives the history: nothing expires. */
function registrationOf(port: number, text: string) {
  return { service: 'linear', host: '127.0.0.1', port, state: 'ready', ttlMs: 300_000, metadata: { text } };
}
