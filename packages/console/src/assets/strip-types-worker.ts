import { stripTypeScriptTypes } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';

// Node says of this function, and only of it, that it may still change: `strip-types.ts` has that said to nobody.
const { sources } = workerData as { readonly sources: readonly string[] };
for (const source of sources) parentPort?.postMessage(stripTypeScriptTypes(source), []);
