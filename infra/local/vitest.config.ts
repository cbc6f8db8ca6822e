import { defineConfig } from 'vitest/config';

// Most of these tests wait for processes and timers: more of them at a time than there are cores.
export default defineConfig({ test: { maxWorkers: 3 } });
