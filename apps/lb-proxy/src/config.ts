import { commonConfig, portConfig } from '@hanok/service-kit';
import { STRATEGY_NAMES, type StrategyName } from '@hanok/strategies';
import { Type, type Static } from 'typebox';

const ms = (description: string, defaultMs: number, minimum: number, maximum: number) =>
  Type.Integer({ description: `${description} (ms)`, default: defaultMs, minimum, maximum });

const count = (description: string, defaultCount: number, minimum: number, maximum: number) =>
  Type.Integer({ description, default: defaultCount, minimum, maximum });

/** Every setting of lb-proxy, read from the environment. */
export const configSchema = Type.Object({
  ...commonConfig,
  port: portConfig(8081),
  listen: Type.String({
    default: '127.0.0.1:8080',
    pattern: '^(\\[[0-9A-Fa-f:.]+\\]|[A-Za-z0-9._-]{1,253}):\\d{1,5}$',
    description: 'host:port that game clients connect to; an IPv6 host in brackets',
  }),
  configFile: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 4_096,
      description: 'JSON or YAML file of several listeners with pools of their own; read again on SIGHUP',
    }),
  ),
  strategy: Type.Unsafe<StrategyName>(
    Type.Union(
      STRATEGY_NAMES.map((name) => Type.Literal(name)),
      { default: 'round-robin', description: 'How a backend is chosen at the start' },
    ),
  ),
  backends: Type.Array(
    Type.String({
      pattern:
        '^([A-Za-z0-9][A-Za-z0-9._-]{0,63}/)?[A-Za-z0-9][A-Za-z0-9._-]{0,63}@(\\[[0-9A-Fa-f:.]+\\]|[A-Za-z0-9._-]{1,253}):\\d{1,5}(\\*\\d{1,3})?$',
    }),
    {
      default: [],
      maxItems: 256,
      description:
        'Backends that do not come from discovery: id@host:port, with *weight where it is not 1, and pool/ before it where SERVER_NAMES lead to it',
    },
  ),
  discoverService: Type.String({
    default: 'player-service',
    pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$',
    description: 'Service whose nodes in the registry become backends, when COORDINATOR_URLS is set',
  }),
  discoveryEmptyHoldMs: ms(
    'How long a registry that suddenly lists nobody is not believed',
    30_000,
    0,
    3_600_000,
  ),
  relay: Type.Union(
    [Type.Literal('auto'), Type.Literal('uring'), Type.Literal('linux'), Type.Literal('portable')],
    {
      default: 'auto',
      description:
        'How bytes are moved: by Linux system calls, in batches or one by one, by Node sockets, or by the first of these that works',
    },
  ),
  workers: count('Threads that relay; 0: one for each core', 0, 0, 64),
  listenBacklog: count(
    'Connections the kernel may hold before they are accepted, each worker',
    1_024,
    1,
    65_535,
  ),
  maxConnections: count('Client connections at once; 0: no limit', 20_000, 0, 1_000_000),
  maxConnectionsPerSource: count(
    'The same from one source (an IPv4 address, an IPv6 /64); 0: no limit',
    0,
    0,
    1_000_000,
  ),
  maxConnectionsPerBackend: count(
    'Connections of one backend at once, where nothing else is said of it; 0: no limit',
    0,
    0,
    1_000_000,
  ),
  acceptRatePerSource: count(
    'Connections accepted in a second from one source; 0: no limit',
    0,
    0,
    1_000_000,
  ),
  proxyProtocolFrom: Type.Array(Type.String({ minLength: 2, maxLength: 49 }), {
    default: [],
    maxItems: 64,
    description:
      'Addresses or ranges of proxies in front, whose connections begin with a PROXY header (v1 or v2)',
  }),
  proxyProtocolTo: Type.Union([Type.Literal('off'), Type.Literal('v1'), Type.Literal('v2')], {
    default: 'off',
    description: 'PROXY header that backends get before the bytes of the client',
  }),
  proxyHeaderTimeoutMs: ms('Longest wait for a PROXY header to be complete', 3_000, 10, 60_000),
  serverNames: Type.Array(
    Type.String({
      pattern:
        '^(\\*\\.)?([A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\\.)*[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?=[A-Za-z0-9][A-Za-z0-9._-]{0,63}$',
      maxLength: 320,
    }),
    {
      default: [],
      maxItems: 256,
      description:
        'Pools by the server name TLS clients ask for: name=pool or *.name=pool; others: the default pool',
    },
  ),
  token: Type.String({
    default: 'off',
    pattern: '^(off|(bytes|field):\\d{1,4}:\\d{1,4})$',
    description:
      "Token in a client's first bytes that leads to one backend: bytes:offset:size or field:offset:bytes of its length",
  }),
  tlsCertificates: Type.Array(Type.String({ minLength: 1, maxLength: 4_096 }), {
    default: [],
    maxItems: 64,
    description:
      'PEM files with chain and key, or chain+key, to end TLS with; the first one is the default; read again on SIGHUP',
  }),
  tlsHandshakeTimeoutMs: ms('Longest wait for a TLS handshake to be complete', 5_000, 10, 60_000),
  firstBytesTimeoutMs: ms(
    'Longest wait for a server name or token; then the default pool, by the strategy',
    3_000,
    10,
    60_000,
  ),
  queueSize: count('Clients that may wait for a backend at once; 0: none', 1_024, 0, 100_000),
  queueTimeoutMs: ms('Longest wait for a backend', 5_000, 1, 600_000),
  connectTimeoutMs: ms('Longest wait for a backend to accept a connection', 2_000, 10, 60_000),
  connectRetries: count('Further backends to try when a connect fails', 2, 0, 10),
  idleTimeoutMs: ms(
    'Ends a connection on which no byte moved for this long; 0: never',
    600_000,
    0,
    86_400_000,
  ),
  halfClosedTimeoutMs: ms(
    'The same once one side has finished sending; 0: only IDLE_TIMEOUT_MS counts',
    60_000,
    0,
    86_400_000,
  ),
  keepAliveMs: ms('Idle time before TCP keep-alive probes, both sides; 0: none', 30_000, 0, 7_200_000),
  relayBufferBytes: count('Read buffer of each direction of a connection, bytes', 32_768, 1_024, 1_048_576),
  checkKind: Type.Union([Type.Literal('tcp'), Type.Literal('http'), Type.Literal('send-expect')], {
    default: 'tcp',
    description: 'What is checked: a connect, the status of an HTTP path, or the answer to a message',
  }),
  checkHttpPath: Type.String({
    default: '/healthz',
    pattern: '^/[!-~]{0,1023}$',
    description: 'With CHECK_KIND=http: the path asked for, with its query',
  }),
  checkHttpStatus: Type.String({
    default: '200-399',
    pattern: '^[1-5]\\d\\d(-[1-5]\\d\\d)?$',
    description: 'The status, or the range of them, that is good',
  }),
  checkSend: Type.String({
    default: '',
    maxLength: 1_024,
    description: 'With CHECK_KIND=send-expect: what is sent; \\r \\n \\t \\\\ \\xHH are understood',
  }),
  checkExpect: Type.String({
    default: '',
    maxLength: 1_024,
    description: 'What the first 4096 bytes of the answer must contain, written alike',
  }),
  checkIntervalMs: ms('Pause between health checks of a healthy backend', 10_000, 50, 3_600_000),
  checkFastIntervalMs: ms('The same while it is down or in doubt', 1_000, 50, 3_600_000),
  checkTimeoutMs: ms('Longest wait for a check', 2_000, 10, 60_000),
  checkRise: count('Good checks in a row that bring a backend up again', 2, 1, 100),
  checkFall: count('Failed checks in a row that take a backend down', 3, 1, 100),
  ejectAfterFailures: count(
    'Failed connects in a row, in one worker, that eject a backend; 0: never',
    3,
    0,
    1_000,
  ),
  ejectMs: ms('Length of a first ejection; doubles up to 60,000', 1_000, 1, 60_000),
  maxEjectedPercent: count('Largest share of the enabled backends ejected at once, percent', 50, 0, 100),
  panicPercent: count(
    'Below this share of healthy backends, doubtful ones are used too, percent',
    50,
    0,
    100,
  ),
  slowStartMs: ms('Time over which a backend that came up gets its full weight; 0: at once', 0, 0, 3_600_000),
  statsIntervalMs: ms('Pause between statistics in the log; 0: none', 10_000, 0, 3_600_000),
  upgradeSocket: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 4_096,
      description:
        'Unix socket by which a new lb-proxy takes over from the running one, in a folder of its own',
    }),
  ),
  drainTimeoutMs: ms('On a stop: how long open connections may go on', 3_000, 0, 600_000),
});

export type LbProxyConfig = Static<typeof configSchema>;

/** Most backends at once. */
export const BACKEND_CAPACITY = 256;
