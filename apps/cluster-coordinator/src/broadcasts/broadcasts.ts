import { randomUUID } from 'node:crypto';
import { CoordinationError } from '@hanok/cluster';
import type { Broadcast, Coordination } from '@hanok/cluster';
import type { Clock } from '@hanok/service-kit';
import type { MemberDirectory } from '../cluster/member.ts';
import { DeliveryLog } from './delivery-log.ts';

export interface BroadcastsOptions {
  readonly nodeId: string;
  readonly coordination: Coordination;
  readonly members: MemberDirectory;
  readonly clock: Clock;
}

/** What became of a broadcast. A node that was not reached now still gets it when it resumes its events. */
export interface BroadcastReport extends Broadcast {
  readonly revision: number;
  /** The id had been used before: nothing was sent again. */
  readonly repeated: boolean;
  readonly delivered: readonly string[];
  readonly failed: readonly { readonly id: string; readonly reason: string }[];
}

const topic = 'deliveries';
const reportTimeoutMs = 2_000;
const pollMs = 10;

/**
 * Messages to all alive nodes but the sender. A message is in the replicated log before anyone gets it, so it is
 * delivered at least once to every node that reads its events, also after a change of leader; receivers drop ids they
 * know.
 */
export class Broadcasts {
  readonly #options: BroadcastsOptions;
  readonly #deliveries = new DeliveryLog();

  constructor(options: BroadcastsOptions) {
    this.#options = options;
    options.coordination.peers.handle(topic, async (_from, payload) => {
      const [id, revision] = JSON.parse(payload) as [string, number];
      return JSON.stringify(await this.#deliveredHere(id, revision));
    });
  }

  /** A stream of this coordinator has taken it. */
  delivered(broadcastId: string, nodeId: string): void {
    this.#deliveries.add(broadcastId, nodeId);
  }

  /**
   * Sends a message; resolves when the coordinators have told who got it.
   *
   * @throws CoordinationError when it could not be stored in time.
   */
  async send(message: unknown, from: string | undefined, id: string | undefined): Promise<BroadcastReport> {
    const { nodeId, coordination } = this.#options;
    const given = { id: id ?? randomUUID(), from: from ?? nodeId, message };
    const result = await coordination.registry.broadcast(given);
    if (result.outcome !== 'broadcast' && result.outcome !== 'repeated') {
      throw new CoordinationError('outcome-unknown', `unexpected outcome ${result.outcome}`);
    }
    const { broadcast, revision, outcome } = result;
    return {
      ...broadcast,
      revision,
      repeated: outcome === 'repeated',
      ...(await this.#report(broadcast, revision)),
    };
  }

  async #report(
    broadcast: Broadcast,
    revision: number,
  ): Promise<Pick<BroadcastReport, 'delivered' | 'failed'>> {
    const { nodeId, coordination, members } = this.#options;
    const reached = new Set<string>();
    const reasons = new Map<string, string>();
    const ask = async (id: string): Promise<void> => {
      try {
        const question = JSON.stringify([broadcast.id, revision]);
        const answer =
          id === nodeId
            ? await this.#deliveredHere(broadcast.id, revision)
            : (JSON.parse(
                await coordination.peers.request(id, topic, question, reportTimeoutMs),
              ) as string[]);
        for (const node of [id, ...answer]) reached.add(node);
      } catch (error) {
        if (!(error instanceof CoordinationError)) throw error;
        reasons.set(id, error.message);
      }
    };
    const coordinators = members.members().filter(({ state }) => state === 'alive' || state === 'suspect');
    await Promise.all(coordinators.map(({ id }) => ask(id)));
    const targets = [...coordinators, ...coordination.registry.list()].map(({ id }) => id);
    const wanted = [...new Set(targets)].filter((id) => id !== broadcast.from);
    return {
      delivered: wanted.filter((id) => reached.has(id)),
      failed: wanted
        .filter((id) => !reached.has(id))
        .map((id) => ({ id, reason: reasons.get(id) ?? 'does not read its events now' })),
    };
  }

  /** Waits until the message has come here. */
  async #deliveredHere(id: string, revision: number): Promise<string[]> {
    const { coordination, clock } = this.#options;
    const deadline = clock.monotonicMs() + reportTimeoutMs;
    while (coordination.registry.revision < revision) {
      if (clock.monotonicMs() >= deadline)
        throw new CoordinationError('outcome-unknown', 'has not received it yet');
      await clock.sleep(pollMs);
    }
    return this.#deliveries.of(id);
  }
}
