import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConfigError, createServer } from '../../src/index.ts';

let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hanok-tls-'));
  for (const name of ['first', 'second']) makeCertificate(name);
  writeFileSync(join(folder, 'broken.crt'), 'not a certificate');
});
afterAll(() => rmSync(folder, { recursive: true }));

function makeCertificate(name: string): void {
  const files = ['-keyout', join(folder, `${name}.key`), '-out', join(folder, `${name}.crt`)];
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  const names = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1'];
  execFileSync('openssl', ['req', '-x509', ...key, ...files, ...names], { stdio: 'ignore' });
}

const settings = (cert: string, key: string) => ({
  tlsCertFile: join(folder, cert),
  tlsKeyFile: join(folder, key),
});

const serve = (tls: object) => createServer({ name: 'sample', description: '', host: '127.0.0.1', tls });

/** Asks for `/healthz` on a connection of its own. */
function ask(port: number, certificate: string) {
  const ca = readFileSync(join(folder, certificate));
  const options = { host: '127.0.0.1', port, path: '/healthz', ca, agent: false };
  return new Promise<{ status: number | undefined; by: unknown; headers: object }>((resolve, reject) => {
    get(options, (response) => {
      const by = (response.socket as TLSSocket).getPeerCertificate().subject.CN;
      response.resume();
      resolve({ status: response.statusCode, by, headers: response.headers });
    }).on('error', reject);
  });
}

describe('a server with a certificate', () => {
  it('speaks HTTPS, tells browsers to insist on it, and takes a renewed certificate without a restart', async () => {
    const files = settings('current.crt', 'current.key');
    const install = (name: string) => {
      copyFileSync(join(folder, `${name}.crt`), files.tlsCertFile);
      copyFileSync(join(folder, `${name}.key`), files.tlsKeyFile);
    };
    install('first');
    const server = await serve(files);
    await server.listen({ port: 0, host: '127.0.0.1' });
    const { port } = server.server.address() as AddressInfo;
    expect(await ask(port, 'first.crt')).toMatchObject({
      status: 200,
      by: 'first',
      headers: { 'strict-transport-security': 'max-age=31536000', 'x-content-type-options': 'nosniff' },
    });
    await expect(ask(port, 'second.crt')).rejects.toThrow(/self-signed certificate/);

    install('second');
    server.renewCertificate();
    expect(await ask(port, 'second.crt')).toMatchObject({ status: 200, by: 'second' });

    writeFileSync(files.tlsCertFile, 'half a file');
    expect(() => server.renewCertificate()).toThrow(ConfigError);
    expect(await ask(port, 'second.crt')).toMatchObject({ status: 200, by: 'second' });
    await server.close();
  });

  it.each([
    [{ tlsCertFile: '/x.crt' }, 'TLS_CERT_FILE and TLS_KEY_FILE go together'],
    [
      { tlsCertFile: '/missing.crt', tlsKeyFile: '/x.key' },
      'cannot read TLS_CERT_FILE (/missing.crt): ENOENT',
    ],
  ])('refuses %j', async (tls, sentence) => {
    await expect(serve(tls)).rejects.toThrow(sentence);
  });

  it.each([
    ['broken.crt', 'first.key'],
    ['first.crt', 'second.key'],
  ])('refuses %s with %s', async (cert, key) => {
    await expect(serve(settings(cert, key))).rejects.toThrow(
      /^invalid configuration: TLS_CERT_FILE and TLS_KEY/,
    );
  });
});
