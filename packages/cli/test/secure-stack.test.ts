import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { eventually, startProcess, temporaryFolder, type TemporaryFolder } from '@hanok/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exitCodes } from '../src/errors.ts';
import { makeCertificate } from './support/certificate.ts';
import { startSmallStack, type ServiceCertificate, type SmallStack } from './support/small-stack.ts';

const program = fileURLToPath(new URL('../bin/hanok.mjs', import.meta.url));
let folder: TemporaryFolder;
let certificate: ServiceCertificate;
let stranger: ServiceCertificate;
let stack: SmallStack;

beforeAll(async () => {
  folder = temporaryFolder();
  certificate = makeCertificate(folder.path, 'hanok');
  stranger = makeCertificate(folder.path, 'stranger');
  // For this process, which asks whether the services are ready.
  setDefaultCACertificates([...getCACertificates('default'), readFileSync(certificate.certFile, 'utf8')]);
  stack = await startSmallStack(certificate);
}, 180_000);
afterAll(async () => {
  await stack?.[Symbol.asyncDispose]();
  await folder.remove();
});

/** In a process of its own: which authorities are trusted holds for a whole process. */
async function hanok(line: string, env: Readonly<Record<string, string>> = {}) {
  const child = await startProcess({
    command: program,
    args: [...line.split(' '), '--timeout', '30s'],
    env: {
      HANOK_URL: stack.url,
      HANOK_TOKEN: stack.token,
      XDG_CONFIG_HOME: folder.path,
      NO_COLOR: '1',
      ...env,
    },
  });
  const { code } = await child.exited;
  return { code, output: child.output() };
}

describe('a stack that speaks TLS', { timeout: 120_000 }, () => {
  it('is operated as any other once its authority is named', async () => {
    const env = { HANOK_CA_FILE: certificate.certFile };
    const status = await eventually(
      async () => {
        const outcome = await hanok('status', env);
        expect(outcome.output).toContain('All is well.');
        return outcome;
      },
      { timeoutMs: 60_000, intervalMs: 200 },
    );
    expect(status.code).toBe(exitCodes.ok);
    // Of an lb-proxy, of a player-service, and of its metrics: all by HTTPS, as the registry says.
    expect((await hanok('backends', env)).output).toMatch(/lb-proxy-1 +player-service-1 .* up/u);
    expect(await hanok('players', env)).toMatchObject({ code: exitCodes.ok });
    const top = await hanok('top --json', env);
    expect(JSON.parse(top.output)).toMatchObject({ failure: null, processes: [{}, {}] });
  });

  it('may be named with its authority in the config file', async () => {
    const config = join(folder.path, 'stacks.json');
    await writeFile(config, JSON.stringify({ default: 'a', stacks: { a: { caFile: 'hanok.crt' } } }));
    expect(await hanok(`leader --config ${config}`)).toMatchObject({ code: exitCodes.ok });
  });

  it('is told nothing when its authority is not known, or another', async () => {
    const sentence = `hanok: no answer from ${stack.url}: its certificate is of an authority that is not trusted here: name it with --ca-file\n`;
    const refused = { code: exitCodes.unreachable, output: sentence };
    expect(await hanok('status')).toEqual(refused);
    expect(await hanok(`status --ca-file ${stranger.certFile}`)).toEqual(refused);
    const { code, output } = await hanok('leader step-down --yes --json');
    expect(code).toBe(exitCodes.unreachable);
    expect(JSON.parse(output)).toMatchObject({
      error: { code: 'untrusted', exitCode: exitCodes.unreachable },
    });
  });

  it('is told nothing when a service of the registry shows another certificate', async () => {
    const player = await hanok('players', {
      HANOK_CA_FILE: certificate.certFile,
      HANOK_PLAYER_URL: stack.url.replace('127.0.0.1', 'localhost'),
    });
    expect(player.code).toBe(exitCodes.unreachable);
    expect(player.output).toMatch(/^hanok: no answer from \S+: its certificate is for another name\n$/u);
  });

  it('is told apart from one that does not speak TLS', async () => {
    const plain = createServer().listen(0, '127.0.0.1');
    await once(plain, 'listening');
    const { port } = plain.address() as AddressInfo;
    const outcome = await hanok(`status --url https://127.0.0.1:${port}`);
    plain.close();
    expect(outcome).toEqual({
      code: exitCodes.unreachable,
      output: `hanok: no answer from https://127.0.0.1:${port}: it does not speak TLS\n`,
    });
    const wrong = await hanok(`status --url ${stack.url.replace('https', 'http')}`);
    expect(wrong.code).toBe(exitCodes.unreachable);
    expect(wrong.output).toMatch(/^hanok: no answer from .*\n$/u);
  });

  it.each([
    ['/nonexistent/ca.crt', /cannot read \/nonexistent\/ca\.crt \(--ca-file\): ENOENT/u],
    [program, /\(--ca-file\) holds no certificate/u],
  ])('needs a file that holds a certificate, not %s', async (file, message) => {
    const { code, output } = await hanok(`status --ca-file ${file}`);
    expect(code).toBe(exitCodes.usage);
    expect(output).toMatch(message);
  });
});
