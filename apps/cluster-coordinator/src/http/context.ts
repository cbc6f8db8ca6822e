import type { Coordination, RaftNode } from '@hanok/cluster';
import type { Clock, Logger } from '@hanok/service-kit';
import type { Broadcasts } from '../broadcasts/broadcasts.ts';
import type { MemberDirectory } from '../cluster/member.ts';
import type { EventHub } from '../events/event-hub.ts';
import type { ChangeWaits } from '../registry/change-waits.ts';
import type { LostNodes } from '../registry/lost-nodes.ts';

/** What the routes work with. */
export interface RouteContext {
  readonly nodeId: string;
  readonly coordination: Coordination;
  /** Null when leadership and the registry live elsewhere. */
  readonly raft: RaftNode | null;
  readonly members: MemberDirectory;
  readonly lostNodes: LostNodes;
  readonly hub: EventHub;
  readonly waits: ChangeWaits;
  readonly broadcasts: Broadcasts;
  readonly clock: Clock;
  readonly logger: Logger;
}
