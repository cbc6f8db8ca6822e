import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePorts, startProcess, temporaryFolder } from '@hanok/testkit';

/** Files of a certificate for 127.0.0.1. */
export interface ServiceCertificate {
  readonly certFile: string;
  readonly keyFile: string;
}

export interface SmallStack extends AsyncDisposable {
  /** Of its one coordinator. */
  readonly url: string;
  readonly token: string;
}

const token = 'operators-token';

/**
 * One coordinator, one player-service, one lb-proxy, as real processes. With a certificate they speak HTTPS, and the
 * process of the test must trust it.
 */
export async function startSmallStack(certificate?: ServiceCertificate): Promise<SmallStack> {
  await using started = new AsyncDisposableStack();
  const folder = started.use(temporaryFolder());
  const [coordinator = 0, raft = 0, player = 0, admin = 0, game = 0] = await freePorts(5);
  const scheme = certificate === undefined ? 'http' : 'https';
  const url = `${scheme}://127.0.0.1:${coordinator}`;
  const shared = {
    ADMIN_TOKEN: token,
    LOG_LEVEL: 'warn',
    COORDINATOR_URLS: url,
    ...(certificate === undefined
      ? {}
      : {
          TLS_CERT_FILE: certificate.certFile,
          TLS_KEY_FILE: certificate.keyFile,
          TLS_CA_FILE: certificate.certFile,
        }),
  };
  const start = async (app: string, port: number, env: Readonly<Record<string, string>>): Promise<void> => {
    const child = await startProcess({
      args: [fileURLToPath(new URL(`../../../../apps/${app}/src/main.ts`, import.meta.url))],
      env: { ...shared, PORT: String(port), ...env },
      readyUrl: `${scheme}://127.0.0.1:${port}/readyz`,
      readyTimeoutMs: 120_000,
    });
    started.use(child);
  };
  await Promise.all([
    start('cluster-coordinator', coordinator, {
      NODE_ID: 'coordinator-1',
      CLUSTER_PORT: String(raft),
      CLUSTER_VOTERS: `coordinator-1@127.0.0.1:${raft}`,
      DATA_DIR: join(folder.path, 'coordinator-1'),
    }),
    start('player-service', player, {
      SERVICE_ID: 'player-service-1',
      DATABASE_URL: `sqlite:${join(folder.path, 'hanok.db')}`,
      CACHE_URL: 'memory:',
    }),
    start('lb-proxy', admin, { SERVICE_ID: 'lb-proxy-1', LISTEN: `127.0.0.1:${game}`, WORKERS: '1' }),
  ]);
  const all = started.move();
  return { url, token, [Symbol.asyncDispose]: () => all.disposeAsync() };
}
