import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { build } from 'esbuild';
import { expect, it } from 'vitest';
import { startFakeService, sendJson } from './fake-service.ts';

const SRC = join(import.meta.dirname, '../src');

it('imports nothing but its own files', () => {
  for (const file of readdirSync(SRC, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts')) continue;
    const imported = [...readFileSync(join(SRC, file), 'utf8').matchAll(/(?:from|import\()\s*'([^']+)'/gu)];
    for (const [, specifier] of imported) expect(specifier, file).toMatch(/^\.\.?\//u);
  }
});

it('runs bundled for browsers where there is nothing of Node', async () => {
  const bundle = await build({
    entryPoints: [join(SRC, 'index.ts')],
    bundle: true,
    write: false,
    platform: 'browser',
    format: 'iife',
    globalName: 'hanok',
    target: 'es2022',
  });
  await using service = await startFakeService((response, index) =>
    index === 0
      ? sendJson(response, 503, { status: 503, code: 'unavailable', retryable: true })
      : sendJson(response, 200, { id: '7', username: 'mina' }),
  );
  const web = {
    fetch,
    crypto,
    performance,
    URL,
    URLSearchParams,
    AbortController,
    AbortSignal,
    setTimeout,
    clearTimeout,
  };
  const browser = createContext({ ...web, baseUrl: service.url });
  runInContext('globalThis.window = globalThis;', browser);
  runInContext(bundle.outputFiles[0]?.text ?? '', browser);
  const read = 'hanok.createClient({ baseUrl, retry: { baseDelayMs: 1 } }).players.get("7")';
  expect(runInContext('[typeof process, typeof Buffer, typeof require].join()', browser)).toBe(
    'undefined,undefined,undefined',
  );
  expect(await runInContext(read, browser)).toEqual({ id: '7', username: 'mina' });
  expect(service.seen).toHaveLength(2);
});
