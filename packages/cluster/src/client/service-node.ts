/** What a service says of itself: `starting` and `draining` nodes get no new work, `ready` ones do. */
export type NodeState = 'starting' | 'ready' | 'draining';

/** The states a node can be registered in, in the order of its life. */
export const nodeStates: readonly NodeState[] = ['starting', 'ready', 'draining'];

/** The part a member plays in the cluster. The chapter's `master` is `leader`, its `slave` is `follower`. */
export type NodeRole = 'leader' | 'follower' | 'worker';

/** One registered service, as the coordinators tell of it. */
export interface ServiceNode {
  /** Unique in the whole registry, e.g. `player-service-1`. */
  readonly id: string;
  /** The kind of service, e.g. `player-service`. */
  readonly service: string;
  readonly host: string;
  readonly port: number;
  readonly state: NodeState;
  readonly role: NodeRole;
  /** False once the node's lease has run out or its host is known to be dead. */
  readonly alive: boolean;
  /** Free text by key; at most 4 KB as JSON. */
  readonly metadata: Readonly<Record<string, string>>;
  /** The registry revision of the node's last change; rises with every change of any node. */
  readonly revision: number;
  /** ISO 8601, UTC. */
  readonly registeredAt: string;
}
