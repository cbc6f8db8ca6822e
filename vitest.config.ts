import { defineConfig } from 'vitest/config';

/** Tests of the repository as a whole; every workspace has its own. */
export default defineConfig({ test: { include: ['test/**/*.test.ts'] } });
