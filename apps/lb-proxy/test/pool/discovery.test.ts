import { silentLogger } from '@hanok/service-kit';
import { describe, expect, it } from 'vitest';
import { Discovery, type DiscoveredNode } from '../../src/pool/discovery.ts';
import { PoolBench } from './fixtures.ts';

const node = (id: string, port: number, more: Partial<DiscoveredNode> = {}): DiscoveredNode => ({
  id,
  host: '10.0.0.2',
  port,
  state: 'ready',
  alive: true,
  metadata: {},
  ...more,
});

function create() {
  const bench = new PoolBench();
  const { pool, clock } = bench;
  const discovery = new Discovery({ pool, clock, logger: silentLogger, emptyHoldMs: 30_000 });
  const ids = () => pool.list().map(({ spec }) => spec.id);
  return { bench, pool, clock, discovery, ids };
}

describe('Discovery', () => {
  it('follows the registry: adds, moves, removes', () => {
    const { pool, discovery, ids } = create();
    discovery.nodesChanged([node('a', 1), node('b', 2, { metadata: { weight: '3' } })]);
    expect(ids()).toEqual(['a', 'b']);
    expect(pool.get('b').spec).toMatchObject({ port: 2, weight: 3, source: 'discovery' });
    discovery.nodesChanged([node('b', 22)]);
    expect(ids()).toEqual(['b']);
    expect(pool.get('b').spec.port).toBe(22);
  });

  it('leaves out nodes that are starting or dead, and drains those that drain', () => {
    const { pool, discovery, ids } = create();
    discovery.nodesChanged([
      node('starting', 1, { state: 'starting' }),
      node('dead', 2, { alive: false }),
      node('draining', 3, { state: 'draining' }),
      node('ready', 4),
    ]);
    expect(ids()).toEqual(['draining', 'ready']);
    expect(pool.get('draining').spec.state).toBe('draining');
    discovery.nodesChanged([
      node('draining', 3, { state: 'ready' }),
      node('ready', 4, { state: 'draining' }),
    ]);
    expect(pool.get('draining').spec.state).toBe('enabled');
    expect(pool.get('ready').spec.state).toBe('draining');
  });

  it('keeps a state set by an admin until the node itself changes', () => {
    const { pool, discovery } = create();
    discovery.nodesChanged([node('a', 1)]);
    pool.change('a', { state: 'draining' });
    discovery.nodesChanged([node('a', 1), node('b', 2)]);
    expect(pool.get('a').spec.state).toBe('draining');
    discovery.nodesChanged([node('a', 1, { state: 'draining' }), node('b', 2)]);
    discovery.nodesChanged([node('a', 1), node('b', 2)]);
    expect(pool.get('a').spec.state).toBe('enabled');
  });

  it('never touches backends that others brought in', () => {
    const { bench, pool, discovery, ids } = create();
    bench.add('mine', 7, { source: 'static' });
    discovery.nodesChanged([node('mine', 9), node('theirs', 8)]);
    expect(pool.get('mine').spec).toMatchObject({ port: 7, source: 'static' });
    discovery.nodesChanged([node('other', 10)]);
    expect(ids()).toEqual(['mine', 'other']);
  });

  it('keeps the last backends while the registry is away', () => {
    const { discovery, ids } = create();
    discovery.linkChanged(true);
    discovery.nodesChanged([node('a', 1), node('b', 2)]);
    discovery.linkChanged(false);
    expect(discovery.connected).toBe(false);
    expect(ids()).toEqual(['a', 'b']);
  });

  it('does not believe a registry that suddenly lists nobody, until it goes on doing so', async () => {
    const { clock, discovery, ids } = create();
    discovery.nodesChanged([node('a', 1), node('b', 2)]);
    discovery.nodesChanged([]);
    await clock.advance(20_000);
    discovery.nodesChanged([node('dead', 3, { alive: false })]);
    expect(ids()).toEqual(['a', 'b']);
    await clock.advance(9_000);
    expect(ids()).toEqual(['a', 'b']);
    await clock.advance(2_000);
    expect(ids()).toEqual([]);
  });

  it('forgets the doubt when nodes return', async () => {
    const { clock, discovery, ids } = create();
    discovery.nodesChanged([node('a', 1)]);
    discovery.nodesChanged([]);
    await clock.advance(29_000);
    discovery.nodesChanged([node('a', 1)]);
    await clock.advance(60_000);
    expect(ids()).toEqual(['a']);
    discovery.nodesChanged([]);
    await clock.advance(29_000);
    expect(ids()).toEqual(['a']);
  });

  it('ignores a weight that makes no sense', () => {
    const { pool, discovery } = create();
    discovery.nodesChanged(
      ['0', '-1', '1.5', 'x', '999', ''].map((weight, index) =>
        node(`n${index}`, index + 1, { metadata: { weight } }),
      ),
    );
    expect(pool.list().map(({ spec }) => spec.weight)).toEqual([1, 1, 1, 1, 1, 1]);
  });
});
