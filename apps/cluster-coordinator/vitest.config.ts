import { defineConfig } from 'vitest/config';

/** Real processes elect leaders here: generous limits, as a loaded machine is slow and no failure of ours. */
export default defineConfig({
  // Most of the time they wait: more of them at a time than there are cores.
  test: { testTimeout: 60_000, hookTimeout: 60_000, maxWorkers: 3 },
});
