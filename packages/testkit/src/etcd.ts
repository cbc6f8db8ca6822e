import { freePort } from './free-ports.ts';
import { findPrograms, type ServerKind } from './server-programs.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { sharedServer, startOwnServer, type TestServer } from './test-server.ts';

/** How an etcd is to be set up. */
export interface EtcdOptions {
  /** Added to the command line: `['--heartbeat-interval=50']`. */
  args?: readonly string[];
  /** A process of the test's own also when the environment names a server. Implied by `args`. */
  dedicated?: boolean;
}

/** Several etcd servers that form one cluster. */
export interface EtcdCluster extends AsyncDisposable {
  /** `etcd://host:port,host:port,…` */
  readonly url: string;
  readonly servers: readonly TestServer[];
}

const ETCD: ServerKind = {
  name: 'etcd',
  urlVariable: 'HANOK_TEST_ETCD_URL',
  program: 'etcd',
  usualFolders: ['/usr/bin', '/usr/local/bin', '/opt/homebrew/bin'],
  debianPackage: 'etcd-server',
  image: 'quay.io/coreos/etcd:v3.4.23',
};

/**
 * Starts an etcd of one member on a free port of loopback. Its url is `etcd://host:port`.
 *
 * With HANOK_TEST_ETCD_URL set (`etcd://` or `http://`) and no option that needs a process of its own, it is
 * that server. etcd has one space of keys: keep tests apart by a random prefix.
 */
export async function startEtcd(options: EtcdOptions = {}): Promise<TestServer> {
  const sharedUrl = process.env[ETCD.urlVariable];
  const needsOwn = options.dedicated === true || options.args !== undefined;
  if (sharedUrl === undefined || sharedUrl === '' || needsOwn) {
    return startMember(await newMember(), undefined, options.args);
  }
  return sharedServer({
    name: ETCD.name,
    urlVariable: ETCD.urlVariable,
    url: sharedUrl.replace(/^http:/, 'etcd:'),
    defaultPort: 2379,
    cleanUp: () => Promise.resolve(),
  });
}

/** Starts an etcd cluster of the test's own, three members unless told otherwise. */
export async function startEtcdCluster({
  size = 3,
  args,
}: { size?: number; args?: readonly string[] } = {}): Promise<EtcdCluster> {
  const members = await Promise.all(Array.from({ length: size }, newMember));
  const initialCluster = members.map(({ name, peerUrl }) => `${name}=${peerUrl}`).join(',');
  // No member answers before most are up, so they start together.
  const servers = await Promise.all(members.map((member) => startMember(member, initialCluster, args)));
  return {
    url: `etcd://${servers.map(({ host, port }) => `${host}:${port}`).join(',')}`,
    servers,
    [Symbol.asyncDispose]: async () => void (await Promise.all(servers.map((server) => server.stop()))),
  };
}

interface Member {
  readonly name: string;
  readonly clientPort: number;
  readonly peerUrl: string;
}

async function newMember(): Promise<Member> {
  const [clientPort, peerPort] = [await freePort(), await freePort()];
  return { name: `etcd-${clientPort}`, clientPort, peerUrl: `http://127.0.0.1:${peerPort}` };
}

async function startMember(
  { name, clientPort, peerUrl }: Member,
  initialCluster = `${name}=${peerUrl}`,
  extraArgs: readonly string[] = [],
): Promise<TestServer> {
  const programs = await findPrograms(ETCD);
  const folder = temporaryFolder();
  const clientUrl = `http://127.0.0.1:${clientPort}`;
  const args = [
    `--name=${name}`,
    `--data-dir=${folder.path}/data`,
    `--listen-client-urls=${clientUrl}`,
    `--advertise-client-urls=${clientUrl}`,
    `--listen-peer-urls=${peerUrl}`,
    `--initial-advertise-peer-urls=${peerUrl}`,
    `--initial-cluster=${initialCluster}`,
    '--logger=zap',
    ...extraArgs,
  ];
  return startOwnServer({
    name: ETCD.name,
    url: `etcd://127.0.0.1:${clientPort}`,
    port: clientPort,
    invocation: { programs, program: ETCD.program, args, folder: folder.path },
    probe: () => answersHealthy(clientUrl),
    removeData: folder.remove,
  });
}

/** Healthy means that there is a leader and a write goes through. */
async function answersHealthy(clientUrl: string): Promise<void> {
  const response = await fetch(`${clientUrl}/health`, { signal: AbortSignal.timeout(5_000) });
  const text = await response.text();
  if (!response.ok || !/"health":\s*"true"/.test(text)) throw new Error(`etcd is not healthy: ${text}`);
}
