import { defineConfig } from 'vitest/config';

export default defineConfig({
  // The first start of a server may have to install it.
  test: { testTimeout: 120_000, hookTimeout: 120_000 },
});
