import { nodeStates, type NodeRole, type NodeState, type ServiceNode } from './service-node.ts';

/** How a node's registration changed. `removed` was asked for; `expired` was a lease that ran out. */
export type NodeChange = 'registered' | 'updated' | 'removed' | 'expired';

/** The events of `GET /v1/events` that tell of the registry. */
export type RegistryEvent =
  | { readonly kind: 'snapshot'; readonly nodes: readonly ServiceNode[]; readonly revision: number }
  | {
      readonly kind: 'node';
      readonly type: NodeChange;
      readonly node: ServiceNode;
      readonly revision: number;
    };

/** The answer of `GET /v1/nodes`. */
export interface NodeList {
  readonly nodes: readonly ServiceNode[];
  readonly revision: number;
  /** The coordinator is out of touch with a leader. */
  readonly stale: boolean;
}

const nodeChanges: readonly NodeChange[] = ['registered', 'updated', 'removed', 'expired'];
const nodeRoles: readonly NodeRole[] = ['leader', 'follower', 'worker'];

/** The server sent something that is not what the protocol says. */
export class MalformedEventError extends Error {
  readonly code = 'CLUSTER_MALFORMED_EVENT';
  readonly retryable = true;
  override name = 'MalformedEventError';
}

/**
 * Reads one server-sent event of the coordinators.
 * @returns null for the kinds that do not concern the registry (`leader`, `member`, `broadcast` and later ones).
 * @throws MalformedEventError when a registry event is not as documented.
 */
export function parseRegistryEvent(name: string | undefined, data: string): RegistryEvent | null {
  if (name !== 'snapshot' && name !== 'node') return null;
  const body = parseObject(data);
  const revision = body['revision'];
  if (!isCount(revision))
    throw new MalformedEventError(`${name} event: revision must be a whole number of at least 0`);
  if (name === 'snapshot') {
    const { nodes } = body;
    if (!Array.isArray(nodes)) throw new MalformedEventError('snapshot event: nodes must be a list');
    return { kind: 'snapshot', nodes: nodes.map(parseServiceNode), revision };
  }
  const type = nodeChanges.find((change) => change === body['type']);
  if (type === undefined)
    throw new MalformedEventError(`node event: type must be one of ${nodeChanges.join(', ')}`);
  return { kind: 'node', type, node: parseServiceNode(body['node']), revision };
}

/** @throws MalformedEventError when the text is no list of nodes as documented. */
export function parseNodeList(data: string): NodeList {
  const { items, revision, stale } = parseObject(data);
  if (!Array.isArray(items)) throw new MalformedEventError('list of nodes: items must be a list');
  if (!isCount(revision)) {
    throw new MalformedEventError('list of nodes: revision must be a whole number of at least 0');
  }
  return { nodes: items.map(parseServiceNode), revision, stale: stale === true };
}

/**
 * Checks the fields this client relies on; unknown ones are left out, so that coordinators may grow.
 * @throws MalformedEventError naming the field.
 */
export function parseServiceNode(value: unknown): ServiceNode {
  if (!isRecord(value)) throw new MalformedEventError('node must be an object');
  const state: NodeState | undefined = nodeStates.find((known) => known === value['state']);
  if (state === undefined)
    throw new MalformedEventError(`node.state must be one of ${nodeStates.join(', ')}`);
  const port = value['port'];
  if (!isCount(port) || port < 1 || port > 65_535)
    throw new MalformedEventError('node.port must be 1 to 65535');
  const revision = value['revision'];
  if (!isCount(revision)) throw new MalformedEventError('node.revision must be a whole number of at least 0');
  return {
    id: text(value, 'id'),
    service: text(value, 'service'),
    host: text(value, 'host'),
    port,
    state,
    role: nodeRoles.find((known) => known === value['role']) ?? 'worker',
    alive: value['alive'] !== false,
    metadata: textMap(value['metadata']),
    revision,
    registeredAt: typeof value['registeredAt'] === 'string' ? value['registeredAt'] : '',
  };
}

function parseObject(data: string): Record<string, unknown> {
  let body: unknown;
  try {
    body = JSON.parse(data);
  } catch (cause) {
    throw new MalformedEventError('the data must be JSON', { cause });
  }
  if (!isRecord(body)) throw new MalformedEventError('the data must be an object');
  return body;
}

function text(value: Record<string, unknown>, field: string): string {
  const found = value[field];
  if (typeof found !== 'string' || found === '') {
    throw new MalformedEventError(`node.${field} must be a text that is not empty`);
  }
  return found;
}

function textMap(value: unknown): Record<string, string> {
  if (!isRecord(value)) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
