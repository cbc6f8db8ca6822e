import { Candidates, createPickContext, createStrategy, explain, type StrategyName } from '@hanok/strategies';
import type { Balancer } from '../balancer.ts';
import { PoolTable } from '../data-plane/pool-table.ts';
import { hashSource } from '../data-plane/source-address.ts';
import { ineligibilityOf, reasonOf } from '../pool/ineligibility.ts';
import { sharedNowMs } from '../data-plane/shared-clock.ts';

/** One backend in an explanation. */
export interface ExplainedChoice {
  readonly id: string;
  readonly standing: string;
  readonly reason: string | null;
  readonly score: number | null;
}

/** How `strategy` would weigh the backends of a pool (empty: the default one) for a client from `source` now. */
export function explainFor(
  balancer: Balancer,
  source: string,
  strategy: StrategyName,
  nowMs: number,
  pool: string,
) {
  const slots = new Set(
    balancer.backends
      .list()
      .filter(({ spec }) => (spec.pool ?? '') === pool)
      .map(({ slot }) => slot),
  );
  const table = new PoolTable(balancer.state.table, (slot) => slots.has(slot));
  const candidates = new Candidates(table);
  const context = createPickContext(table.capacity, { bits: () => 0 });
  context.sourceHash = hashSource(source);
  context.nowMs = sharedNowMs() | 0;
  candidates.refresh();
  const explanation = explain(createStrategy(strategy, candidates), candidates, context);
  const bySlot = new Map(balancer.backends.list().map((backend) => [backend.slot, backend]));
  const backends = explanation.backends.flatMap(({ slot, standing, score }): ExplainedChoice[] => {
    const backend = bySlot.get(slot);
    if (backend === undefined) return [];
    const reason = reasonOf(standing, ineligibilityOf(backend, nowMs));
    return [{ id: backend.spec.id, standing, reason, score }];
  });
  return { source, strategy: explanation.strategy, scoreMeaning: explanation.scoreMeaning, backends };
}
