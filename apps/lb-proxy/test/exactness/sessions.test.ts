import { readFileSync } from 'node:fs';
import { createSecureContext, type SecureContext } from 'node:tls';
import { setTimeout as sleep } from 'node:timers/promises';
import * as fc from 'fast-check';
import { STRATEGY_NAMES } from '@hanok/strategies';
import { temporaryFolder, type TemporaryFolder } from '@hanok/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeCertificate } from '../fixtures/certificates.ts';
import { ENGINES } from '../fixtures/test-proxy.ts';
import { sessions, type SessionScript } from './script.ts';
import { Stage } from './stage.ts';
import { variants } from './variants.ts';

/** Sessions for each variant. The full size: SESSIONS=200 SESSION_BYTES=104857600. */
const COUNT = Number(process.env['SESSIONS'] ?? 24);
/** Most bytes of a single write. */
const LARGEST_BYTES = Number(process.env['SESSION_BYTES'] ?? 2_000_000);
const SEED = Number(process.env['SESSION_SEED'] ?? 1);
const FULL_SIZE_BYTES = 104_857_600;
const SESSION_LIMIT_MS = 10_000;

const NAMES = variants('').map(({ name, relay }) => [name, relay] as const);

let folder: TemporaryFolder;
let certificate: string;
let context: SecureContext;

beforeAll(async () => {
  folder = temporaryFolder();
  const { chainFile, keyFile } = await makeCertificate(folder.path, ['*.rooms.test']);
  certificate = `${chainFile}+${keyFile}`;
  context = createSecureContext({ cert: readFileSync(chainFile), key: readFileSync(keyFile) });
});

afterAll(() => folder.remove());

async function open(name: string, relay: string): Promise<Stage> {
  const variant = variants(certificate).find((each) => each.name === name && each.relay === relay);
  if (variant === undefined) throw new Error(`no variant is called ${name}`);
  return Stage.open(variant, context);
}

async function play(stage: Stage, session: SessionScript): Promise<string[]> {
  const limit = new AbortController();
  const tooLate = sleep(SESSION_LIMIT_MS, undefined, { signal: limit.signal }).then(
    () => [`does not end: ${stage.describe()}`],
    () => [],
  );
  const faults = await Promise.race([stage.play(session), tooLate]);
  limit.abort();
  return faults;
}

it.each(NAMES)(
  'what goes in comes out, over every strategy: %s, %s',
  async (name, relay) => {
    await using stage = await open(name, relay);
    let round = 0;
    await fc.assert(
      fc.asyncProperty(sessions(LARGEST_BYTES), async (session) => {
        const strategy = STRATEGY_NAMES[round++ % STRATEGY_NAMES.length];
        await stage.proxy.call('PUT', '/v1/strategy', { name: strategy });
        expect(await play(stage, session)).toEqual([]);
      }),
      { numRuns: COUNT, seed: SEED },
    );
    await stage.proxy.idle();
  },
  30_000 + COUNT * 3_000,
);

it.each(ENGINES)('what goes in comes out: 100 MB each way, with stalls, %s', async (relay) => {
  await using stage = await open('plain', relay);
  const writes = [{ sizeBytes: FULL_SIZE_BYTES, pauseMs: 0 }];
  const stalls = [1_000, 20_000_000, 90_000_000].map((afterBytes) => ({ afterBytes, pauseMs: 30 }));
  const session: SessionScript = {
    client: { writes, stalls, ending: 'finish' },
    backend: { writes, stalls, ending: 'finish' },
    cuts: [],
    stream: 42,
  };
  expect(await play(stage, session)).toEqual([]);
  await stage.proxy.idle();
  const counted = await Promise.all(
    ['one', 'two'].map((id) => stage.proxy.call('GET', `/v1/backends/${id}`)),
  );
  for (const direction of ['bytesToBackend', 'bytesToClient']) {
    expect(counted.reduce((sum, { body }) => sum + Number(body[direction]), 0)).toBe(FULL_SIZE_BYTES);
  }
});
