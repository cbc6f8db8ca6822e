import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import type { RouteContext } from '../http/context.ts';

const topic = 'console-leader';
const timeoutMs = 1_000;
const refreshMs = 1_000;

const nullableInteger = Type.Union([Type.Integer(), Type.Null()]);
const viewSchema = Type.Object({
  leaseMs: Type.Integer(),
  voters: Type.Array(Type.Object({ id: Type.String(), match: nullableInteger, heardAgoMs: nullableInteger })),
});
type View = Static<typeof viewSchema>;

/**
 * What only the leader knows: how long its lease runs, and how far each voter has come. Asked of it at most once a
 * second, and only while somebody wants to know.
 */
export class LeaderView {
  readonly #context: RouteContext;
  #view: View | null = null;
  #askedAtMs = -Infinity;

  constructor(context: RouteContext) {
    this.#context = context;
    context.coordination.peers.handle(topic, async () => JSON.stringify(this.#own()));
  }

  /** As of the last answer; null before the first, and without a leader in reach. */
  get(): View | null {
    const { nodeId, coordination, clock } = this.#context;
    const { leaderId } = coordination.election.view();
    if (leaderId === nodeId) return this.#own();
    if (leaderId === null) return null;
    const nowMs = clock.monotonicMs();
    if (nowMs - this.#askedAtMs >= refreshMs) {
      this.#askedAtMs = nowMs;
      void this.#ask(leaderId);
    }
    return this.#view;
  }

  async #ask(leaderId: string): Promise<void> {
    try {
      const text = await this.#context.coordination.peers.request(leaderId, topic, '', timeoutMs);
      const found: unknown = JSON.parse(text);
      this.#view = Value.Check(viewSchema, found) ? found : null;
    } catch {
      this.#view = null;
    }
  }

  #own(): View | null {
    const status = this.#context.raft?.status();
    if (status === undefined) return null;
    const voters = [...status.voters, ...status.learners];
    return {
      leaseMs: status.leaseMs,
      voters: voters.map(({ id, match, heardAgoMs }) => ({ id, match, heardAgoMs })),
    };
  }
}
