import { seededRng } from '@hanok/testkit';
import type { Rng } from '@hanok/service-kit';
import { describe, expect, test } from 'vitest';
import { checkLinearizable } from './checker.ts';
import type { Operation } from './checker.ts';
import { registryModel, withoutUnread } from './registry-model.ts';
import type { Kept, RegistryInput, RegistryOutput } from './registry-model.ts';

type Op = Operation<RegistryInput, RegistryOutput>;

const put = (text: string, port = 1): RegistryInput => ({ type: 'put', port, text });
const read: RegistryInput = { type: 'read' };
const remove: RegistryInput = { type: 'remove' };
const found = (text: string, port = 1): RegistryOutput => ({ type: 'found', kept: { port, text } });
const registered: RegistryOutput = { type: 'registered' };
const kept: RegistryOutput = { type: 'kept' };
const absent: RegistryOutput = { type: 'absent' };
const removed: RegistryOutput = { type: 'removed' };
const taken: RegistryOutput = { type: 'taken' };

/** `from` and `to` are the call and the return; without a `to`, the client never heard. */
function op(input: RegistryInput, output: RegistryOutput | null, from: number, to = Infinity): Op {
  return { client: 'c', input, output, calledAt: from, returnedAt: to };
}

const good: [string, Op[]][] = [
  ['nothing at all', []],
  ['one after the other', [op(put('a'), registered, 0, 1), op(read, found('a'), 2, 3)]],
  ['a read during a write may see it', [op(put('a'), registered, 0, 9), op(read, found('a'), 1, 2)]],
  ['or not', [op(put('a'), registered, 0, 9), op(read, absent, 1, 2)]],
  [
    'an unknown write may happen late',
    [op(put('a'), null, 0), op(read, absent, 1, 2), op(read, found('a'), 8, 9)],
  ],
  ['an unknown write may never happen', [op(put('a'), null, 0), op(put('b'), registered, 3, 4)]],
  [
    'an unknown write may happen between two others',
    [
      op(put('a'), registered, 0, 1),
      op(put('b'), null, 0.5),
      op(put('c'), kept, 2, 3),
      op(read, found('b'), 4, 5),
    ],
  ],
  [
    'another address is refused while it is there',
    [
      op(put('a'), registered, 0, 1),
      op(put('b', 2), taken, 2, 3),
      op(remove, removed, 4, 5),
      op(put('b', 2), registered, 6, 7),
    ],
  ],
  [
    'an unknown write to a taken id changes nothing',
    [op(put('a'), registered, 0, 1), op(put('b', 2), null, 2), op(read, found('a'), 3, 4)],
  ],
];

const bad: [string, Op[]][] = [
  ['a write that was acknowledged is not read', [op(put('a'), registered, 0, 1), op(read, absent, 2, 3)]],
  [
    'a read goes back in time',
    [
      op(put('a'), registered, 0, 1),
      op(put('b'), kept, 2, 9),
      op(read, found('b'), 3, 4),
      op(read, found('a'), 5, 6),
    ],
  ],
  ['something is read that nobody wrote', [op(put('a'), registered, 0, 1), op(read, found('x'), 2, 3)]],
  ['a write is read before it was asked for', [op(read, found('a'), 0, 1), op(put('a'), null, 2)]],
  ['two register the same id', [op(put('a'), registered, 0, 9), op(put('b'), registered, 1, 8)]],
  [
    'an unknown write happens twice',
    [op(put('a'), null, 0), op(read, found('a'), 1, 2), op(put('b'), kept, 3, 4), op(read, found('a'), 5, 6)],
  ],
  [
    'a removal comes undone',
    [op(put('a'), registered, 0, 1), op(remove, removed, 2, 3), op(read, found('a'), 4, 5)],
  ],
  [
    'two remove the same',
    [op(put('a'), registered, 0, 1), op(remove, removed, 2, 9), op(remove, removed, 3, 8)],
  ],
  [
    'a refusal for an address that is not there',
    [op(put('a'), registered, 0, 1), op(remove, removed, 2, 3), op(put('b', 2), taken, 4, 5)],
  ],
  [
    'a stale read by another client',
    [op(put('a'), registered, 0, 1), op(put('b'), kept, 2, 3), op(read, found('a'), 4, 5)],
  ],
];

describe('the checker', () => {
  test.each(good)('accepts: %s', (_name, history) => {
    expect(checkLinearizable(registryModel, history).isLinearizable).toBe(true);
  });

  test.each(bad)('refuses: %s', (_name, history) => {
    expect(checkLinearizable(registryModel, history).isLinearizable).toBe(false);
  });

  test('names the operation that fits nowhere', () => {
    const late = op(read, absent, 2, 3);
    expect(checkLinearizable(registryModel, [op(put('a'), registered, 0, 1), late])).toEqual({
      isLinearizable: false,
      stuckAt: late,
    });
  });

  test('agrees with trying all orders, on small histories of all kinds (seeded)', () => {
    const rng = seededRng('small histories');
    const counts = { good: 0, bad: 0 };
    for (let run = 0; run < 4_000; run += 1) {
      const history = randomHistory(rng, 5);
      const isGood = anyOrderFits(registryModel.initial, history);
      counts[isGood ? 'good' : 'bad'] += 1;
      expect(checkLinearizable(registryModel, history).isLinearizable, JSON.stringify(history)).toBe(isGood);
      expect(checkLinearizable(registryModel, withoutUnread(history)).isLinearizable).toBe(isGood);
    }
    // Neither answer alone would pass.
    expect(Math.min(counts.good, counts.bad)).toBeGreaterThan(400);
  });

  test('decides long histories, and finds one wrong answer in them (seeded)', () => {
    const rng = seededRng('long histories');
    for (let run = 0; run < 10; run += 1) {
      const history = withoutUnread(atomicHistory(rng, 150));
      const verdict = checkLinearizable(registryModel, history);
      expect(verdict.isLinearizable).toBe(true);
      const reads = history.filter(({ input, output }) => input.type === 'read' && output !== null);
      const victim = reads[Math.floor(rng.next() * reads.length)];
      const spoilt = history.map((each) =>
        each === victim ? { ...each, output: found('never written') } : each,
      );
      expect(checkLinearizable(registryModel, withoutUnread(spoilt)).isLinearizable).toBe(false);
    }
  });
});

function pick<T>(rng: Rng, list: readonly [T, ...T[]]): T {
  return list[Math.floor(rng.next() * list.length)] ?? list[0];
}

const outputs: [RegistryOutput, ...RegistryOutput[]] = [
  registered,
  kept,
  taken,
  removed,
  absent,
  found('a'),
  found('b'),
  found('b', 2),
];

/** Anything, mostly wrong. Ends of operations mostly fit their kind, or nearly none would be right. */
function randomHistory(rng: Rng, length: number): Op[] {
  const state = { kept: null as Kept | null };
  return Array.from({ length }, () => {
    const input = pick(rng, [put('a'), put('b'), put('b', 2), read, read, remove]);
    const from = Math.floor(rng.next() * 8);
    const to = from + 1 + Math.floor(rng.next() * 4);
    if (rng.next() < 0.15) return op(input, null, from);
    const likely = outputs.find((output) => registryModel.step(state.kept, input, output) !== undefined);
    const output = rng.next() < 0.9 && likely !== undefined ? likely : pick(rng, outputs);
    state.kept = registryModel.step(state.kept, input, output)?.state ?? state.kept;
    return op(input, output, from, to);
  });
}

/** Wing and Gong without anything clever: take any that no other has to precede, and try the rest. */
function anyOrderFits(state: Kept | null, rest: readonly Op[]): boolean {
  if (rest.every(({ returnedAt }) => returnedAt === Infinity)) return true;
  return rest.some((each) => {
    if (rest.some((other) => other !== each && other.returnedAt < each.calledAt)) return false;
    const next = registryModel.step(state, each.input, each.output);
    return (
      next !== undefined &&
      anyOrderFits(
        next.state,
        rest.filter((other) => other !== each),
      )
    );
  });
}

/** Right by construction: each happens at its own moment within its span; some answers are lost. */
function atomicHistory(rng: Rng, length: number): Op[] {
  let state = registryModel.initial;
  return Array.from({ length }, (_, moment) => {
    const input = pick(rng, [put(`w${moment}`), put(`w${moment}`, 2), read, read, remove]);
    const from = moment - rng.next() * 6;
    const to = moment + rng.next() * 6;
    const answer = [found(state?.text ?? '', state?.port), ...outputs].find(
      (output) => registryModel.step(state, input, output) !== undefined,
    );
    if (answer === undefined) throw new Error('every operation has an answer');
    const isLost = rng.next() < 0.1;
    // One whose answer was lost may also not have happened.
    if (isLost && rng.next() < 0.5) return op(input, null, from);
    state = registryModel.step(state, input, answer)?.state ?? null;
    return isLost ? op(input, null, from) : op(input, answer, from, to);
  });
}
