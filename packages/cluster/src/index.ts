export { announceService, type AnnounceOptions, type Announcement } from './client/announce-service.ts';
export { watchServices, type ServiceWatch, type WatchOptions } from './client/watch-services.ts';
export { nodeStates, type NodeRole, type NodeState, type ServiceNode } from './client/service-node.ts';
export {
  MalformedEventError,
  parseRegistryEvent,
  parseServiceNode,
  type NodeChange,
  type RegistryEvent,
} from './client/registry-event.ts';
export type { ClientLogger } from './client/client-logger.ts';
