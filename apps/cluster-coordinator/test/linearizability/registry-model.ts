import type { Model, Operation } from './checker.ts';

/** One registration: where it is, and the text of its metadata that tells writes apart. */
export interface Kept {
  readonly port: number;
  readonly text: string;
}

/** What clients do with one id. */
export type RegistryInput =
  | { readonly type: 'put'; readonly port: number; readonly text: string }
  | { readonly type: 'remove' }
  | { readonly type: 'read' };

/** What they are told. */
export type RegistryOutput =
  | { readonly type: 'registered' }
  /** Renewed or changed. */
  | { readonly type: 'kept' }
  | { readonly type: 'taken' }
  | { readonly type: 'removed' }
  | { readonly type: 'absent' }
  | { readonly type: 'found'; readonly kept: Kept };

/** One id of the registry, as its documentation has it; leases are taken to be longer than the history. */
export const registryModel: Model<Kept | null, RegistryInput, RegistryOutput> = {
  initial: null,
  keyOf: (state) => (state === null ? '' : `${state.port} ${state.text}`),
  step(state, input, output) {
    const expected = answerOf(state, input);
    if (output !== null && !isSame(output, expected)) return undefined;
    if (expected.type === 'removed') return { state: null };
    if (input.type !== 'put' || expected.type === 'taken') return { state };
    return { state: { port: input.port, text: input.text } };
  },
};

function answerOf(state: Kept | null, input: RegistryInput): RegistryOutput {
  if (input.type === 'read') return state === null ? { type: 'absent' } : { type: 'found', kept: state };
  if (input.type === 'remove') return { type: state === null ? 'absent' : 'removed' };
  if (state === null) return { type: 'registered' };
  return { type: state.port === input.port ? 'kept' : 'taken' };
}

function isSame(told: RegistryOutput, expected: RegistryOutput): boolean {
  if (told.type !== 'found' || expected.type !== 'found') return told.type === expected.type;
  return told.kept.port === expected.kept.port && told.kept.text === expected.kept.text;
}

/**
 * The same history without what makes no difference: reads that were not answered, and the texts that nobody read. Writes
 * that differ in such a text alone are then the same to the checker.
 */
export function withoutUnread(
  history: readonly Operation<RegistryInput, RegistryOutput>[],
): Operation<RegistryInput, RegistryOutput>[] {
  const read = new Set(history.map(({ output }) => (output?.type === 'found' ? output.kept.text : '')));
  return history
    .filter(({ input, output }) => input.type !== 'read' || output !== null)
    .map((each) =>
      each.input.type === 'put' && !read.has(each.input.text)
        ? { ...each, input: { ...each.input, text: '' } }
        : each,
    );
}
