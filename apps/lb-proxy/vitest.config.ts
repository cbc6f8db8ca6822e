import { defineConfig } from 'vitest/config';

// Real sockets, threads and processes: generous bounds, so that a loaded machine does not fail a sound test.
export default defineConfig({ test: { testTimeout: 30_000, hookTimeout: 30_000 } });
