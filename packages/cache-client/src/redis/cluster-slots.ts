import type { Redis } from 'ioredis';

/**
 * Which slots a node of a Redis Cluster serves, and which are on their way: the line of CLUSTER NODES a node has
 * about itself, from the ninth field on. Two equal answers mean that no slot of it moved in between, unless it
 * lists a slot in brackets, which is moving now.
 */
export async function slotsOf(node: Redis): Promise<string> {
  const table = String(await node.call('CLUSTER', 'NODES'));
  const own = table.split('\n').find((line) => line.includes('myself'));
  return own?.split(' ').slice(8).join(' ') ?? '';
}

/** True when no slot of any node moved between the two looks, nor is about to. */
export function isSteady(before: readonly string[], after: readonly string[]): boolean {
  return before.every((slots, i) => slots === after[i] && !slots.includes('['));
}
