import { describe, expect, test } from 'vitest';
import { AnsweredCalls } from '../../src/registry/answered-calls.ts';
import { OpenCalls } from '../../src/registry/open-calls.ts';
import { RegistryState } from '../../src/registry/registry-state.ts';
import type { CallId, Registration, RegistryCommand } from '../../src/registry/registry-types.ts';

const node: Registration = {
  id: 'a',
  service: 's',
  host: 'h',
  port: 1,
  state: 'ready',
  ttlMs: 10_000,
  metadata: {},
};
const at = '2026-01-01T00:00:00.000Z';
const call = (caller: string, number: number, settled = number): CallId => ({ caller, number, settled });

function apply(state: RegistryState, command: RegistryCommand) {
  return state.apply({ index: 1, term: 1, kind: 'command', data: JSON.stringify(command) });
}

describe('a command that is sent again', () => {
  test('is answered as before and not carried out, also when another came in between', () => {
    const state = new RegistryState();
    const first: RegistryCommand = { op: 'put', call: call('x', 1), registration: node, at };
    const other: RegistryCommand = {
      op: 'put',
      call: call('y', 1),
      registration: { ...node, state: 'draining' },
      at,
    };
    expect(apply(state, first)?.outcome).toBe('registered');
    expect(apply(state, other)?.outcome).toBe('updated');
    expect(apply(state, first)?.outcome).toBe('registered');
    expect(state.get('a')?.state).toBe('draining');

    const removal: RegistryCommand = { op: 'remove', call: call('x', 2), id: 'a' };
    expect([apply(state, removal), apply(state, removal)]).toMatchObject([
      { outcome: 'removed' },
      { outcome: 'removed' },
    ]);
  });

  test('is known again after a snapshot', () => {
    const before = new RegistryState();
    const command: RegistryCommand = { op: 'put', call: call('x', 1), registration: node, at };
    apply(before, command);
    apply(before, { op: 'remove', call: call('y', 1), id: 'a' });
    const state = new RegistryState();
    state.restore(before.snapshot());
    expect(state.answerTo(call('x', 1))).toMatchObject({ outcome: 'registered' });
    expect(apply(state, command)).toMatchObject({ outcome: 'registered' });
    expect(state.get('a')).toBeNull();
  });

  test('is not carried out either when it comes after its caller has settled it', () => {
    const state = new RegistryState();
    apply(state, { op: 'put', call: call('x', 2), registration: node, at });
    const late: RegistryCommand = { op: 'remove', call: call('x', 1), id: 'a' };
    expect(apply(state, late)).toEqual({ outcome: 'unknown' });
    expect(state.get('a')).not.toBeNull();
  });
});

describe('what is remembered', () => {
  test('is forgotten when it is settled, and bounded when a caller settles nothing', () => {
    const calls = new AnsweredCalls();
    let done = 0;
    const ask = (id: CallId) => calls.once(id, () => ({ outcome: 'expired', count: (done += 1) }));
    for (let number = 1; number <= 20_000; number += 1) ask(call('x', number, 1));
    expect(calls.snapshot()[0]?.answers.length).toBeLessThanOrEqual(8_192);
    expect(calls.answerTo(call('x', 20_000))).toEqual({ outcome: 'expired', count: 20_000 });
    ask(call('x', 20_001, 20_000));
    expect(calls.snapshot()[0]?.answers.map(([number]) => number)).toEqual([20_000, 20_001]);
  });

  test('is of the callers heard last', () => {
    const calls = new AnsweredCalls();
    for (let index = 0; index < 1_000; index += 1) {
      calls.once(call(`c${index}`, 1), () => ({ outcome: 'unknown' }));
      calls.once(call('often', index + 1), () => ({ outcome: 'unknown' }));
    }
    const callers = calls.snapshot().map(({ caller }) => caller);
    expect(callers).toHaveLength(64);
    expect(callers).toEqual(expect.arrayContaining(['often', 'c999']));
  });
});

describe('open calls', () => {
  test('are numbered, and settle up to the first that is open', () => {
    const open = new OpenCalls();
    const [one, two, three] = [open.begin(), open.begin(), open.begin()];
    expect([one, two, three].map(({ number, settled }) => [number, settled])).toEqual([
      [1, 1],
      [2, 1],
      [3, 1],
    ]);
    open.end(two);
    expect(open.begin().settled).toBe(1);
    open.end(one);
    expect(open.begin()).toMatchObject({ caller: one.caller, number: 5, settled: 3 });
    expect(new OpenCalls().begin().caller).not.toBe(one.caller);
  });
});
