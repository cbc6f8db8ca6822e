import { availableParallelism } from 'node:os';

/**
 * Whether servers and load can have a core each. Asked once, at the start: a process that has kept itself to one core
 * since then is told of that one only, and would let its servers share it with the load.
 */
export const hasSeveralCores = availableParallelism() > 1;
