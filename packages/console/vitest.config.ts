import { defineConfig } from 'vitest/config';

/** A browser and real services run here: generous limits, as a loaded machine is slow and no failure of ours. */
export default defineConfig({
  test: { include: ['test/**/*.test.ts'], testTimeout: 60_000, hookTimeout: 240_000 },
});
