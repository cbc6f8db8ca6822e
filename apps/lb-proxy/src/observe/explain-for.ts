import { Candidates, createPickContext, createStrategy, explain, type StrategyName } from '@hanok/strategies';
import type { Balancer } from '../balancer.ts';
import { hashSource } from '../data-plane/source-address.ts';
import { sharedNowMs } from '../data-plane/shared-clock.ts';

/** One backend in an explanation. */
export interface ExplainedChoice {
  readonly id: string;
  readonly standing: string;
  readonly reason: string | null;
  readonly score: number | null;
}

/** How `strategy` would weigh the backends for a client from `source` at this moment. */
export function explainFor(balancer: Balancer, source: string, strategy: StrategyName, nowMs: number) {
  const { table } = balancer.state;
  const candidates = new Candidates(table);
  const context = createPickContext(table.capacity, { next: () => 0 });
  context.sourceHash = hashSource(source);
  context.nowMs = sharedNowMs();
  const explanation = explain(createStrategy(strategy, candidates), candidates, context);
  const bySlot = new Map(balancer.backends.list().map((backend) => [backend.slot, backend]));
  const backends = explanation.backends.flatMap(({ slot, standing, score }): ExplainedChoice[] => {
    const backend = bySlot.get(slot);
    if (backend === undefined) return [];
    const { spec, health } = backend;
    const why = spec.state === 'enabled' ? `its health is ${health.status(nowMs)}` : `it is ${spec.state}`;
    const reason = {
      candidate: null,
      'not-eligible': why,
      excluded: 'it failed this connection before',
      full: `it has ${spec.maxConnections} connections, its limit`,
    }[standing];
    return [{ id: spec.id, standing, reason, score }];
  });
  return { source, strategy: explanation.strategy, scoreMeaning: explanation.scoreMeaning, backends };
}
