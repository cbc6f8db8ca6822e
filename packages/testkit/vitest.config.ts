import { defineConfig } from 'vitest/config';

export default defineConfig({
  // The first start of a server may have to install it.
  // Most tests wait for processes: more of them at a time than there are cores.
  test: { testTimeout: 120_000, hookTimeout: 120_000, maxWorkers: 3 },
});
