import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { temporaryFolder, type TemporaryFolder } from '@hanok/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const script = join(import.meta.dirname, '..', 'infra', 'node', 'audit-dependencies.mjs');
const bulkPath = '/-/npm/v1/security/advisories/bulk';

interface Advisory {
  readonly severity: 'moderate' | 'high' | 'critical';
  readonly vulnerable_versions: string;
}
type Advisories = Readonly<Record<string, readonly Advisory[]>>;

let folder: TemporaryFolder;

/** A project with one package in production, which needs another, and one for its development. */
beforeAll(async () => {
  folder = temporaryFolder();
  const root = {
    name: 'game',
    version: '1.0.0',
    dependencies: { server: '1.2.0' },
    devDependencies: { tool: '3.0.0' },
  };
  const packages = {
    '': root,
    'node_modules/server': { version: '1.2.0', dependencies: { parser: '^2.0.0' } },
    'node_modules/parser': { version: '2.1.0' },
    'node_modules/tool': { version: '3.0.0', dev: true },
  };
  const lock = { name: root.name, version: root.version, lockfileVersion: 3, requires: true, packages };
  await writeFile(join(folder.path, 'package.json'), JSON.stringify(root));
  await writeFile(join(folder.path, 'package-lock.json'), JSON.stringify(lock));
});
afterAll(() => folder.remove());

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  return JSON.parse(
    (request.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes).toString(),
  ) as unknown;
}

const published: Readonly<Record<string, readonly string[]>> = {
  server: ['1.2.0'],
  parser: ['2.1.0', '2.2.0'],
  tool: ['3.0.0'],
};

/** What a registry answers about a package: npm looks who is affected, and whether there is a way out. */
function packument(name: string): object {
  const versions = (published[name] ?? []).map((version) => {
    const dependencies = name === 'server' ? { parser: '^2.0.0' } : {};
    return [version, { name, version, dependencies }] as const;
  });
  return { name, 'dist-tags': { latest: versions.at(-1)?.[0] }, versions: Object.fromEntries(versions) };
}

/** Runs the audit by the real npm against a registry that knows these advisories; null: one that gives none. */
async function audit(advisories: Advisories | null, env: Readonly<Record<string, string>> = {}) {
  const asked: unknown[] = [];
  const answer = async (request: IncomingMessage): Promise<[status: number, body: object]> => {
    const path = request.url ?? '';
    if (request.method === 'GET') return [200, packument(path.slice(1))];
    if (path !== bulkPath || advisories === null) return [405, { error: 'method not allowed' }];
    asked.push(await bodyOf(request));
    const items = Object.entries(advisories).map(([name, known]) => [
      name,
      known.map((each, id) => ({
        id,
        url: `https://advisories.example/${id}`,
        title: `Weak ${name}`,
        ...each,
      })),
    ]);
    return [200, Object.fromEntries(items)];
  };
  await using stack = new AsyncDisposableStack();
  const registry = createServer((request, response) => {
    void answer(request).then(([status, body]) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body)),
    );
  });
  registry.listen(0, '127.0.0.1');
  await once(registry, 'listening');
  stack.defer(() => registry.closeAllConnections());
  stack.defer(() => void registry.close());
  const { port } = registry.address() as AddressInfo;
  const settings = {
    npm_config_registry: `http://127.0.0.1:${port}`,
    npm_config_cache: join(folder.path, 'cache'),
    npm_config_fetch_retries: '0',
  };
  const { promise, resolve } = Promise.withResolvers<{ exitCode: number | null; output: string }>();
  const child = execFile(
    process.execPath,
    [script],
    { cwd: folder.path, env: { ...process.env, ...settings, ...env } },
    (_error, stdout, stderr) => resolve({ exitCode: child.exitCode, output: stdout + stderr }),
  );
  return { ...(await promise), asked };
}

describe('the audit of dependencies', { timeout: 120_000 }, () => {
  it('fails on a known weakness of production, also of what only a dependency needs', async () => {
    const { exitCode, output, asked } = await audit({
      parser: [{ severity: 'high', vulnerable_versions: '<2.2.0' }],
    });
    expect(asked).toEqual([expect.objectContaining({ server: ['1.2.0'], parser: ['2.1.0'] })]);
    expect(output).toBe(
      'Audited dependencies: 1 known weaknesses, 1 high, 0 critical.\n  high: parser 2.1.0\n',
    );
    expect(exitCode).toBe(1);
  });

  it('tells lesser ones, and passes; tools for development do not count', async () => {
    const { exitCode, output } = await audit({
      server: [{ severity: 'moderate', vulnerable_versions: '*' }],
      tool: [{ severity: 'critical', vulnerable_versions: '*' }],
    });
    expect(output).toBe(
      'Audited dependencies: 1 known weaknesses, 0 high, 0 critical.\n  moderate: server *\n',
    );
    expect(exitCode).toBe(0);
  });

  it('says so where the registry gives no advisories, and fails when that is required', async () => {
    const required = await audit(null, { AUDIT: 'required' });
    expect(required.output).toContain('Dependencies are NOT audited');
    expect(required.exitCode).toBe(1);
    expect((await audit(null)).exitCode).toBe(0);
  });
});
