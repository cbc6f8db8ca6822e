import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    globalSetup: ['test/support/one-postgres.ts'],
    // Nothing here keeps state in modules, and loading them for every file would double the time.
    isolate: false,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
