import { randomUUID } from 'node:crypto';
import type { Figure } from '../harness/figure.ts';
import { spreadOf } from '../harness/statistics.ts';
import { call } from './api.ts';
import { deviceIdOf, makeSqlite } from './dataset.ts';
import { onDemand, type Ground } from './ground.ts';
import { readsOfOneself } from './loads.ts';
import { startPlayerService } from './player-service.ts';
import { load } from './throughput.ts';
import { cycling } from './wrk.ts';

const PLAYERS = 10_000;
const RUNS = 5;
/** Log-ins by password under way while reads are measured: more than are hashed at once. */
const PASSWORD_LOG_INS = 4;
/** Connections of readers, who always have a request under way. */
const READERS = 16;

const json = { 'content-type': 'application/json' } as const;

/** Registrations and log-ins by device a second on one core, and reads while passwords are hashed. */
export function logInFigures(ground: Ground): Figure[] {
  const service = onDemand(async () => {
    const url = await makeSqlite(ground.folder, 'log-ins', { players: PLAYERS, devices: PLAYERS });
    const started = ground.started.use(await startPlayerService({ DATABASE_URL: url }));
    const session = { deviceId: deviceIdOf(5) };
    const { playerId } = await call(`${started.url}/v1/sessions`, {
      method: 'POST',
      body: session,
      status: 201,
    });
    if (playerId !== '5') throw new Error(`the device of player 5 logged in ${String(playerId)}`);
    return started;
  });
  const rate = (title: string, script: () => string): Figure => ({
    title,
    unit: '/s',
    must: 5_000,
    async measure() {
      const { url } = await service();
      const runs: number[] = [];
      for (let run = 0; run <= RUNS; run += 1) {
        const { perSecond } = await load(ground, url, script());
        if (run > 0) runs.push(perSecond);
      }
      const { median, lowest, highest } = spreadOf(runs);
      return { value: median, remark: `${RUNS} runs: ${Math.round(lowest)} to ${Math.round(highest)}` };
    },
  });
  const hashing = onDemand(async () => readsWhileHashing(ground, await service()));
  return [
    rate('registrations by device id a second, server on one core', registrations),
    rate('log-ins by device id a second, server on one core', logIns),
    {
      title: 'p99 of reads while passwords are hashed, server on one core',
      unit: 'ms',
      must: 20,
      better: 'lower',
      async measure() {
        const { median, lowest, highest } = spreadOf((await hashing()).p99Ms);
        return { value: median, remark: `${RUNS} runs: ${lowest.toFixed(1)} to ${highest.toFixed(1)}` };
      },
    },
    {
      title: 'log-ins by password a second meanwhile, reads taking all they can of the same core',
      unit: '/s',
      must: 10,
      async measure() {
        const { median, lowest, highest } = spreadOf((await hashing()).passwordsPerSecond);
        return { value: median, remark: `${RUNS} runs: ${lowest.toFixed(1)} to ${highest.toFixed(1)}` };
      },
    },
  ];
}

function registrations(): string {
  const run = randomUUID().slice(0, 8);
  return `
local count = 0
local headers = { ['content-type'] = 'application/json' }
function request()
  count = count + 1
  local name = 'new-${run}-' .. count
  local body = '{"username":"' .. name .. '","email":"' .. name .. '@hanok.example","deviceId":"' .. name .. '-device-id"}'
  return wrk.format('POST', '/v1/players', headers, body)
end
`;
}

function logIns(): string {
  return cycling(
    Array.from({ length: PLAYERS }, (_, index) => ({
      method: 'POST',
      path: '/v1/sessions',
      headers: json,
      body: JSON.stringify({ deviceId: deviceIdOf(index + 1) }),
    })),
  );
}

async function readsWhileHashing(
  ground: Ground,
  service: Awaited<ReturnType<typeof startPlayerService>>,
): Promise<{ p99Ms: number[]; passwordsPerSecond: number[] }> {
  const password = 'correct horse battery staple';
  const username = `password-${randomUUID().slice(0, 8)}`;
  const email = `${username}@hanok.example`;
  await call(`${service.url}/v1/players`, {
    method: 'POST',
    body: { username, email, password },
    status: 201,
  });
  const script = await readsOfOneself(service, PLAYERS);
  const p99Ms: number[] = [];
  const passwordsPerSecond: number[] = [];
  let hashed = 0;
  const stop = new AbortController();
  const keepLoggingIn = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      await call(`${service.url}/v1/sessions`, { method: 'POST', body: { username, password }, status: 201 });
      hashed += 1;
    }
  };
  const loggingIn = Promise.all(Array.from({ length: PASSWORD_LOG_INS }, keepLoggingIn));
  for (let run = 0; run < RUNS; run += 1) {
    const before = { hashed, ms: performance.now() };
    p99Ms.push((await load(ground, service.url, script, READERS)).p99Ms);
    passwordsPerSecond.push(((hashed - before.hashed) * 1_000) / (performance.now() - before.ms));
  }
  stop.abort();
  await loggingIn;
  return { p99Ms, passwordsPerSecond };
}
