import type { RegistryNode } from '@hanok/cluster';
import type { ServiceNodeView } from '../http/schemas.ts';

/** A registration as the API shows it. */
export function nodeView(node: RegistryNode, alive = true): ServiceNodeView {
  return { ...node, metadata: { ...node.metadata }, role: 'worker', alive };
}
