import { describe, expect, it } from 'vitest';
import { compareListeners } from '../../src/listeners/listener-changes.ts';
import type { ListenerConfig } from '../../src/listeners/listener-config.ts';
import type { LbProxyConfig } from '../../src/config.ts';
import { testConfig } from '../fixtures/test-proxy.ts';

const listener = (name: string, changes: Partial<LbProxyConfig> = {}, discovers = true): ListenerConfig => ({
  name,
  config: testConfig({ listen: `127.0.0.1:${name.length}`, ...changes }),
  pools: new Map(),
  discovers,
});

describe('compareListeners', () => {
  it('finds nothing between equals', () => {
    expect(compareListeners([listener('a'), listener('b')], [listener('b'), listener('a')])).toEqual([]);
  });

  it('tells what is added and removed', () => {
    expect(compareListeners([listener('a')], [listener('b')])).toEqual([
      { name: 'a', action: 'remove', settings: [] },
      { name: 'b', action: 'add', settings: [] },
    ]);
  });

  it('changes strategy and backends live, and restarts for anything else', () => {
    const now = [listener('a'), listener('b'), listener('c')];
    const next = [
      listener('a', { strategy: 'maglev', backends: ['x@h:1'] }),
      listener('b', { strategy: 'maglev', idleTimeoutMs: 1 }),
      listener('c', {}, false),
    ];
    expect(compareListeners(now, next)).toEqual([
      {
        name: 'a',
        action: 'change',
        settings: [
          { setting: 'strategy', from: 'round-robin', to: 'maglev' },
          { setting: 'backends', from: [], to: ['x@h:1'] },
        ],
      },
      {
        name: 'b',
        action: 'restart',
        settings: [
          { setting: 'strategy', from: 'round-robin', to: 'maglev' },
          { setting: 'idleTimeoutMs', from: 600_000, to: 1 },
        ],
      },
      { name: 'c', action: 'restart', settings: [] },
    ]);
  });
});
