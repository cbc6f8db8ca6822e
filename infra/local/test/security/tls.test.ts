import { request } from 'node:https';
import { join } from 'node:path';
import { eventually, freePorts, temporaryFolder } from '@hanok/testkit';
import { describe, expect, it } from 'vitest';
import { makeCertificate, type Certificate } from '../fixtures/certificate.ts';
import { ServiceProcess } from '../fixtures/service-process.ts';

const PATIENCE = { timeoutMs: 60_000, intervalMs: 100 };
const adminToken = 'the-token-of-this-test';

interface Answer {
  readonly status: number;
  readonly text: string;
}

function call(port: number, ca: string, method: string, path: string, body?: object): Promise<Answer> {
  const headers = { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' };
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, method, headers, ca, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => (text += part));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    sent.on('error', reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

function settings(certificate: Certificate, more: Record<string, string>): Record<string, string> {
  return {
    HOST: '127.0.0.1',
    ADMIN_TOKEN: adminToken,
    LOG_LEVEL: 'info',
    TLS_CERT_FILE: certificate.certFile,
    TLS_KEY_FILE: certificate.keyFile,
    TLS_CA_FILE: certificate.certFile,
    ...more,
  };
}

describe('TLS between the services', { timeout: 180_000 }, () => {
  it('carries every call: registration, discovery, cache and game traffic', async () => {
    await using folder = temporaryFolder();
    const certificate = makeCertificate(folder.path, 'hanok');
    const ca = certificate.pem;
    const [raft = 0, coordinator = 0, cache = 0, player = 0, lb = 0, game = 0] = await freePorts(6);
    const urls = { COORDINATOR_URLS: `https://127.0.0.1:${coordinator}` };
    const start = (app: ServiceProcess['options']['app'], port: number, env: Record<string, string>) =>
      ServiceProcess.start({ app, port, ca, env: settings(certificate, env) });

    await using _coordinator = await start('cluster-coordinator', coordinator, {
      CLUSTER_PORT: String(raft),
      CLUSTER_VOTERS: `coordinator-1@127.0.0.1:${raft}`,
      DATA_DIR: join(folder.path, 'coordinator'),
    });
    const [cacheService, playerService, lbProxy] = await Promise.all([
      start('cache-service', cache, urls),
      start('player-service', player, {
        ...urls,
        CACHE_URL: `https://127.0.0.1:${cache}`,
        DATABASE_URL: `sqlite:${join(folder.path, 'hanok.db')}`,
      }),
      start('lb-proxy', lb, { ...urls, LISTEN: `127.0.0.1:${game}`, WORKERS: '1' }),
    ]);
    await using _cache = cacheService;
    await using _player = playerService;
    await using _lb = lbProxy;

    const deviceId = 'a-device-of-this-test';
    const created = await eventually(async () => {
      const body = { username: 'hong', email: 'hong@example.com', deviceId };
      const answer = await call(game, ca, 'POST', '/v1/players', body);
      return answer.status === 503 ? null : answer;
    }, PATIENCE);
    expect(created.status, created.text).toBe(201);
    // A session lives in the cache: this call goes on by TLS to cache-service.
    expect((await call(game, ca, 'POST', '/v1/sessions', { deviceId })).status).toBe(201);
    await eventually(async () => {
      const { text } = await call(coordinator, ca, 'GET', '/v1/nodes');
      const { items } = JSON.parse(text) as {
        items: { service: string; metadata: Record<string, string> }[];
      };
      expect(items.map(({ service }) => service).toSorted()).toEqual([
        'cache-service',
        'lb-proxy',
        'player-service',
      ]);
      for (const { service, metadata } of items) expect(metadata['scheme'], service).toBe('https');
    }, PATIENCE);

    await expect(fetch(`http://127.0.0.1:${player}/healthz`)).rejects.toThrow('fetch failed');
  });

  it('is refused by a service that does not know the authority', async () => {
    await using folder = temporaryFolder();
    const certificate = makeCertificate(folder.path, 'hanok');
    const stranger = makeCertificate(folder.path, 'stranger');
    const [cache = 0, player = 0] = await freePorts(2);
    await using _cache = await ServiceProcess.start({
      app: 'cache-service',
      port: cache,
      ca: certificate.pem,
      env: settings(certificate, {}),
    });
    await using service = await ServiceProcess.start({
      app: 'player-service',
      port: player,
      ca: certificate.pem,
      env: settings(certificate, {
        TLS_CA_FILE: stranger.certFile,
        CACHE_URL: `https://127.0.0.1:${cache}`,
        DATABASE_URL: `sqlite:${join(folder.path, 'hanok.db')}`,
      }),
    });
    const player1 = { username: 'hong', email: 'hong@example.com', deviceId: 'a-device-of-this-test' };
    await call(player, certificate.pem, 'POST', '/v1/players', player1);
    const session = await call(player, certificate.pem, 'POST', '/v1/sessions', {
      deviceId: player1.deviceId,
    });
    expect(session.status, session.text + service.output).toBe(503);
  });
});
