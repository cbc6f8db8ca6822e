import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { processFolder } from './caretaker.ts';

/** An empty folder of the test's own. */
export interface TemporaryFolder extends AsyncDisposable {
  /** Absolute, without symbolic links. */
  readonly path: string;
  /** Deletes the folder with all in it. May be called again. */
  readonly remove: () => Promise<void>;
}

/** Makes an empty folder. It is gone at the end of the test process also when nobody removes it. */
export function temporaryFolder(): TemporaryFolder {
  const path = mkdtempSync(join(processFolder(), 'folder-'));
  // A server that is just ending may still write: a few retries let it finish.
  const remove = (): Promise<void> =>
    rm(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  return { path, remove, [Symbol.asyncDispose]: remove };
}
