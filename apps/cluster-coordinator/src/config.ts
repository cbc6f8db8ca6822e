import {
  commonConfig,
  drainConfig,
  portConfig,
  secret,
  telemetryConfig,
  tlsConfig,
} from '@hanok/service-kit';
import { Type, type Static } from 'typebox';

const { host, adminToken, logLevel, logFormat, shutdownDeadlineMs } = commonConfig;

/** Settings of cluster-coordinator; the environment names are the upper-snake forms (`NODE_ID`). */
export const coordinatorConfig = Type.Object({
  host,
  port: portConfig(7001),
  adminToken,
  ...tlsConfig,
  nodeId: Type.String({
    default: 'coordinator-1',
    pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$',
    description:
      "This coordinator's id on the voter list: 1 to 64 letters, digits, dots, dashes and underscores",
  }),
  clusterName: Type.String({
    default: 'hanok',
    minLength: 1,
    maxLength: 64,
    description: 'Coordinators of other clusters are not listened to',
  }),
  clusterHost: Type.String({
    default: '127.0.0.1',
    minLength: 1,
    maxLength: 255,
    description: 'Address for the other coordinators; any other than loopback needs CLUSTER_KEY',
  }),
  clusterPort: Type.Integer({
    default: 7101,
    minimum: 1,
    maximum: 65_535,
    description: 'Port for the other coordinators: TCP for Raft, UDP for gossip',
  }),
  clusterVoters: Type.Array(Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}@[^@\\s]+:\\d{1,5}$' }), {
    default: [],
    maxItems: 5,
    description:
      'All coordinators of a new cluster, this one too, as id@host:port: 1, 3 or 5, the same list everywhere; empty: this one alone. Later the data folder knows who votes',
  }),
  clusterJoin: Type.Boolean({
    default: false,
    description:
      'This coordinator is new to a cluster that runs: it waits until PUT /v1/voters/{id} adds it. The voters are not voted with, but where to join the membership',
  }),
  clusterSeeds: Type.Array(Type.String({ pattern: '^[^@\\s]+:\\d{1,5}$' }), {
    default: [],
    maxItems: 32,
    description: 'Where to join the membership, as host:port; empty: the voters',
  }),
  clusterKey: Type.Optional(
    secret({
      description:
        'Base64 of 32 random bytes, the same for all coordinators; several, comma-separated, while it is changed',
    }),
  ),
  membershipPreset: Type.Union(
    [Type.Literal('local'), Type.Literal('frugal'), Type.Literal('lan'), Type.Literal('wan')],
    {
      default: 'lan',
      description:
        'How the coordinators look after each other: within one machine quickly or at little cost, within one network, or across regions',
    },
  ),
  dataDir: Type.String({
    default: './data/coordinator',
    minLength: 1,
    description: 'Folder of the Raft log and snapshots; of this coordinator alone',
  }),
  coordinationUrl: secret({
    default: 'embedded:',
    pattern: '^(embedded:$|etcds?://)',
    description:
      'Where leadership and the registry live: embedded: in the coordinators themselves, or etcd://[user:password@]host,host[/prefix]',
  }),
  etcdCaFile: Type.Optional(
    Type.String({
      minLength: 1,
      description:
        'PEM file of the certificate authorities to trust with etcds://, instead of the known ones',
    }),
  ),
  etcdCertFile: Type.Optional(
    Type.String({
      minLength: 1,
      description:
        'PEM file of the certificate shown to etcd; without a common name, which etcd would refuse',
    }),
  ),
  etcdKeyFile: Type.Optional(
    Type.String({ minLength: 1, description: 'PEM file of the key of that certificate' }),
  ),
  electionTimeoutMs: Type.Integer({
    default: 1_000,
    minimum: 100,
    maximum: 60_000,
    description: 'Silence of the leader after which another is elected; the same for all coordinators',
  }),
  heartbeatsPerElectionTimeout: Type.Integer({
    default: 10,
    minimum: 3,
    maximum: 20,
    description:
      'Signs of life of the leader within ELECTION_TIMEOUT_MS: fewer cost less, and a slow network may lose fewer of them',
  }),
  consoleViewerToken: Type.Optional(
    secret({
      minLength: 8,
      maxLength: 512,
      pattern: '^(?!hps_)[\\x21-\\x7e]+$',
      description: 'Token that shows the console at /console without letting anything be changed',
    }),
  ),
  statusIntervalMs: Type.Integer({
    default: 10_000,
    minimum: 0,
    maximum: 3_600_000,
    description: 'Pause between two looks at the status that are logged when it has changed; 0: none',
  }),
  logLevel,
  logFormat,
  ...drainConfig,
  ...telemetryConfig,
  shutdownDeadlineMs,
});
export type CoordinatorConfig = Static<typeof coordinatorConfig>;
