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
export { ByteReader } from './wire/byte-reader.ts';
export { ByteWriter } from './wire/byte-writer.ts';
export { DialError, dialStream, type DialOptions } from './wire/dial-stream.ts';
export { DropCounts, dropReasons, type DropReason } from './wire/drop-counts.ts';
export { KeyRing, parseKeys, type ClusterKey } from './wire/key-ring.ts';
export { SecureStream, type SecureStreamEvents, type SecureStreamOptions } from './wire/secure-stream.ts';
export type { StreamChannel } from './wire/stream-hello.ts';
export {
  StreamListener,
  type StreamHandler,
  type StreamListenerOptions,
  type StreamReader,
} from './wire/stream-listener.ts';
export { WireError } from './wire/wire-error.ts';
export type { Coordination, ServiceRegistry } from './engine/coordination.ts';
export { CoordinationError, type CoordinationErrorCode } from './engine/coordination-error.ts';
export { EmbeddedCoordination, type EmbeddedCoordinationOptions } from './engine/embedded-coordination.ts';
export type { Election, Leadership, LeaderView } from './election/election.ts';
export { Registry, type NodeFilter } from './registry/registry.ts';
export type { RegistryWatcher } from './registry/registry-state.ts';
export {
  registryIdPattern,
  registryLimits,
  type Broadcast,
  type Registration,
  type RegistryChange,
  type RegistryNode,
  type RegistryResult,
} from './registry/registry-types.ts';
export type { PeerRequests, RequestHandler } from './raft/node/peer-requests.ts';
export type { LeadershipView } from './raft/node/leadership-watch.ts';
export type { RaftNode } from './raft/node/raft-node.ts';
export type { ElectionStatus, RaftStatus, VoterStatus } from './raft/node/raft-status.ts';
export type { RaftTransport } from './raft/node/raft-transport.ts';
export { raftMaxFrameBytes, TcpTransport } from './raft/node/tcp-transport.ts';
export { maxVoters } from './raft/raft-config.ts';
export type { ConfigurationAt } from './raft/configuration.ts';
export type { Member as GroupMember, VoterAddress, VoterChange } from './raft/raft-types.ts';
export { FileStorage } from './raft/storage/file-storage.ts';
export { RaftStorageError, type RaftStorage } from './raft/storage/raft-storage.ts';
export {
  Membership,
  type BroadcastOptions,
  type MembershipOptions,
  type MembershipStatus,
  type MembershipWatcher,
} from './membership/membership.ts';
export type { BroadcastHandler, ReceivedBroadcast } from './membership/broadcast-inbox.ts';
export type { BroadcastReport } from './membership/broadcast-sender.ts';
export type { ClusterMember } from './membership/cluster-member.ts';
export { MembershipError, type MembershipErrorCode } from './membership/membership-error.ts';
export { swimPresets, type SwimConfig, type SwimPreset } from './swim/swim-config.ts';
export type { Address, Liveness, MemberChange } from './swim/swim-types.ts';
export { EtcdCoordination, type EtcdCoordinationOptions } from './etcd/etcd-coordination.ts';
export type { EtcdTls } from './etcd/etcd-connection.ts';
export { EtcdError } from './etcd/etcd-error.ts';
export { parseEtcdUrl, type EtcdAddress } from './etcd/etcd-url.ts';
