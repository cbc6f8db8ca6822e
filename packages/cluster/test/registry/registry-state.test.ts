import { describe, expect, test } from 'vitest';
import type { Entry } from '../../src/raft/raft-types.ts';
import { ChangeHistory } from '../../src/registry/change-history.ts';
import { RegistryState } from '../../src/registry/registry-state.ts';
import { registryLimits } from '../../src/registry/registry-types.ts';
import type { CallId, Registration, RegistryCommand } from '../../src/registry/registry-types.ts';

const at = '2026-01-01T00:00:00.000Z';
const node: Registration = {
  id: 'a',
  service: 's',
  host: 'h',
  port: 1,
  state: 'ready',
  ttlMs: 10_000,
  metadata: { zone: 'x' },
};

let calls = 0;
/** A new call each time. */
function newCall(): CallId {
  calls += 1;
  return { caller: 'c', number: calls, settled: calls };
}

function entry(command: RegistryCommand): Entry {
  return { index: 1, term: 1, kind: 'command', data: JSON.stringify(command) };
}

function put(id: string): Entry {
  return entry({ op: 'put', call: newCall(), registration: { ...node, id }, at });
}

describe('RegistryState', () => {
  test('entries that are no commands change nothing', () => {
    const state = new RegistryState();
    expect(state.apply({ index: 1, term: 1, kind: 'noop', data: '' })).toBeNull();
    expect(state.revision).toBe(0);
  });

  test('the order of the keys of metadata does not make a change', () => {
    const state = new RegistryState();
    state.apply(
      entry({ op: 'put', call: newCall(), registration: { ...node, metadata: { a: '1', b: '2' } }, at }),
    );
    const again = entry({
      op: 'put',
      call: newCall(),
      registration: { ...node, metadata: { b: '2', a: '1' } },
      at,
    });
    expect(state.apply(again)?.outcome).toBe('renewed');
  });

  test('an expiry passes over a node that has changed since', () => {
    const state = new RegistryState();
    state.apply(put('a'));
    state.apply(entry({ op: 'put', call: newCall(), registration: { ...node, state: 'draining' }, at }));
    expect(state.apply(entry({ op: 'expire', nodes: [['a', 1]] }))).toEqual({ outcome: 'expired', count: 0 });
    expect(state.apply(entry({ op: 'expire', nodes: [['a', 2]] }))).toEqual({ outcome: 'expired', count: 1 });
  });

  test('a snapshot gives back the same state, and tells watchers that it is another', () => {
    const state = new RegistryState();
    for (const id of ['a', 'b', 'c']) state.apply(put(id));
    state.apply(entry({ op: 'remove', call: newCall(), id: 'b' }));
    state.apply(
      entry({
        op: 'broadcast',
        call: newCall(),
        broadcast: { id: 'm', from: 'a', message: { deep: [1] }, at },
      }),
    );
    const copy = new RegistryState();
    let resets = 0;
    copy.watch({ onChange: () => undefined, onReset: () => (resets += 1) });
    copy.restore(state.snapshot());
    expect([...copy.nodes()]).toEqual([...state.nodes()]);
    expect([copy.revision, resets, copy.changesSince(copy.revision)]).toEqual([5, 1, []]);
    expect(copy.changesSince(4)).toBeNull();
    const repeated = entry({
      op: 'broadcast',
      call: newCall(),
      broadcast: { id: 'm', from: 'a', message: 'other', at },
    });
    expect(copy.apply(repeated)).toEqual(state.apply(repeated));
    expect(copy.snapshot()).toBe(state.snapshot());
  });

  test('is full at its bound, and has room again after a removal', () => {
    const state = new RegistryState();
    for (let index = 0; index < registryLimits.maxNodes; index += 1) state.apply(put(`n${index}`));
    expect(state.apply(put('more'))).toEqual({ outcome: 'full' });
    expect(state.apply(put('n1'))?.outcome).toBe('renewed');
    state.apply(entry({ op: 'remove', call: newCall(), id: 'n1' }));
    expect(state.apply(put('more'))?.outcome).toBe('registered');
  });

  test('a watcher that ended hears nothing more', () => {
    const state = new RegistryState();
    let heard = 0;
    const end = state.watch({ onChange: () => (heard += 1), onReset: () => undefined });
    state.apply(put('a'));
    end();
    state.apply(put('b'));
    expect(heard).toBe(1);
  });
});

describe('ChangeHistory', () => {
  test('keeps at least its length, at most twice that, and says when it has forgotten', () => {
    const history = new ChangeHistory(10);
    const change = (revision: number) => {
      return {
        kind: 'broadcast',
        revision,
        broadcast: { id: String(revision), from: 'a', message: 0, at },
      } as const;
    };
    for (let revision = 1; revision <= 1_000; revision += 1) {
      history.push(change(revision));
      const kept = history.since(Math.max(0, revision - 10));
      expect(kept?.at(-1)?.revision).toBe(revision);
      expect(kept).toHaveLength(Math.min(10, revision));
    }
    expect(history.since(970)).toBeNull();
    expect(history.since(1_000)).toEqual([]);
    expect(history.since(1_001)).toBeNull();
  });
});
