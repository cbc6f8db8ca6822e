#!/usr/bin/env node
// Plain JavaScript, because it must run on whatever Node is first on the PATH: it hands over to the one that the
// project pins when that is too old to run TypeScript.
import { fileURLToPath } from 'node:url';

process.argv.splice(2, 0, 'node', fileURLToPath(new URL('../src/main.ts', import.meta.url)));
await import('../../../infra/node/with-pinned-node.mjs');
