import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // Real sockets, threads and processes: generous bounds, so that a loaded machine does not fail a sound test.
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // Threads and processes that the tests start read the sources in the form the first one compiled them to.
    env: { NODE_COMPILE_CACHE: join(import.meta.dirname, 'node_modules/.cache/compiled') },
  },
});
