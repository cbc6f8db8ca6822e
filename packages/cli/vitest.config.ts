import { defineConfig } from 'vitest/config';

// Most of these tests wait for processes: generous bounds, so that a loaded machine does not fail a sound test.
export default defineConfig({ test: { testTimeout: 60_000, hookTimeout: 120_000, maxWorkers: 3 } });
