import { createInterface } from 'node:readline';
import { PinnedProcess } from '../harness/pinned-process.ts';

/** A load of our own, on the second core, and the first line it prints. */
export interface LoadProcess extends AsyncDisposable {
  readonly line: string;
}

/** @throws Error when it ends without a word */
export async function startLoad(script: URL, args: readonly number[]): Promise<LoadProcess> {
  const load = new PinnedProcess(1, process.execPath, [script.pathname, ...args.map(String)]);
  const { stdout } = load.child;
  if (stdout === null) throw new Error('the output of the load is not piped');
  for await (const line of createInterface({ input: stdout })) {
    return { line, [Symbol.asyncDispose]: () => load[Symbol.asyncDispose]() };
  }
  throw new Error(`${script.pathname} failed`);
}
