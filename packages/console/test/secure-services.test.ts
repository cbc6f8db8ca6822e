import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { createServer } from '@hanok/service-kit';
import { eventually, temporaryFolder } from '@hanok/testkit';
import { expect, it } from 'vitest';
import { startConsole, viewerToken } from './support/console-server.ts';
import { serviceEntry } from './support/fake-source.ts';
import { LiveReader, urlOf } from './support/live-reader.ts';

it('a service that announces https is asked by TLS', async () => {
  await using folder = temporaryFolder();
  const [tlsKeyFile, tlsCertFile] = [join(folder.path, 'key'), join(folder.path, 'crt')];
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  const name = ['-subj', '/CN=test', '-addext', 'subjectAltName=IP:127.0.0.1'];
  execFileSync('openssl', ['req', '-x509', ...key, ...name, '-keyout', tlsKeyFile, '-out', tlsCertFile], {
    stdio: 'ignore',
  });
  setDefaultCACertificates([...getCACertificates('default'), readFileSync(tlsCertFile, 'utf8')]);

  const cache = await createServer({
    name: 'cache-service',
    description: 'test',
    host: '127.0.0.1',
    tls: { tlsKeyFile, tlsCertFile },
  });
  cache.get('/v1/status', () => ({ engine: 'memory', hits: 3, misses: 1, shards: [], hotKeys: [] }));
  await cache.listen({ host: '127.0.0.1', port: 0 });
  await using console = await startConsole();
  const entry = serviceEntry('cache-1', 'cache-service', Number(new URL(urlOf(cache)).port));
  console.source.entries = [{ ...entry, metadata: { scheme: 'https' } }];
  await console.server.listen({ host: '127.0.0.1', port: 0 });

  await using reader = await LiveReader.open(urlOf(console.server), viewerToken);
  await eventually(() => {
    const row = reader.table('services').get('cache-1');
    expect(Number(row?.['memory'])).toBeGreaterThan(0);
    expect(row?.['failing']).toEqual([]);
    expect(reader.table('caches').get('cache-1')).toMatchObject({ isReachable: true, hitShare: 0.75 });
  });
  await cache.close();
});
