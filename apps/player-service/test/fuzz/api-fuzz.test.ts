import { seededRng } from '@hanok/testkit';
import { expect, it } from 'vitest';
import { sessionOf } from '../support/answers.ts';
import { startService, type ServiceProcess } from '../support/service-process.ts';
import { databaseKinds } from '../support/test-app.ts';
import { operationsOf, type Operation } from './api-document.ts';
import { findingName, RequestMaker, type FuzzRequest } from './request-maker.ts';
import { ResponseCheck, type FuzzAnswer } from './response-check.ts';
import { Sampler } from './sampler.ts';

/** Seed and number of requests on each kind of database; 10,000 is the full size. A failure is repeated by its seed. */
const SEED = process.env['FUZZ_SEED'] ?? '20260131';
const REQUESTS = Number(process.env['FUZZ_REQUESTS'] ?? 1_000);
const ADMIN_TOKEN = 'admin-token-of-the-fuzzer';
/** Values remembered of each name. */
const REMEMBERED = 30;

/** Players added each time. */
const LIVING_PLAYERS = 4;

/** Collects what an answer shows, so that later requests can be about things that exist. */
function collect(operation: Operation, value: unknown, found: Map<string, string[]>): void {
  if (Array.isArray(value)) {
    for (const each of value) collect(operation, each, found);
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, member] of Object.entries(value)) {
      if (typeof member !== 'string') collect(operation, member, found);
      else remember(found, name === 'nextCursor' ? 'cursor' : findingName(operation, name), member);
    }
  }
}

function remember(found: Map<string, string[]>, name: string, value: string): void {
  const values = found.get(name) ?? [];
  found.set(name, [...values.filter((each) => each !== value), value].slice(-REMEMBERED));
}

/** Adds players who are logged in: the fuzzer deletes them and logs them out faster than it makes them. */
async function populate(service: ServiceProcess, found: Map<string, string[]>, round: number): Promise<void> {
  for (let i = 0; i < LIVING_PLAYERS; i += 1) {
    const name = `living-${round}-${i}`;
    const deviceId = `device-of-${name}-0123456789`;
    const body = { username: name, email: `${name}@example.com`, deviceId, gold: 1_000_000 };
    await service.send('POST', '/v1/players', { body, token: ADMIN_TOKEN });
    const session = sessionOf(
      await service.send('POST', '/v1/sessions', { body: { deviceId, remember: true } }),
    );
    remember(found, 'players.id', session.playerId);
    remember(found, 'token', session.token);
    remember(found, 'refreshToken', session.refreshToken ?? '');
  }
}

async function exchange(url: string, request: FuzzRequest): Promise<FuzzAnswer> {
  const { operation, path, headers, body } = request;
  const response = await fetch(url + path, {
    method: operation.method,
    headers,
    signal: AbortSignal.timeout(20_000),
    ...(body === undefined ? {} : { body }),
  });
  const mediaType = (response.headers.get('content-type') ?? '').split(';', 1)[0] ?? '';
  // A stream has no end to wait for.
  if (mediaType === 'text/event-stream') await response.body?.cancel();
  return {
    status: response.status,
    mediaType,
    text: mediaType === 'text/event-stream' ? '' : await response.text(),
  };
}

const title = `answers ${REQUESTS} valid and broken requests as its API document says, never with a 5xx`;
it.each(databaseKinds)(
  `${title}, on $name`,
  async ({ create }) => {
    await using database = await create();
    await using service = await startService({
      DATABASE_URL: database.url,
      CACHE_URL: 'memory:',
      CURRENCIES: 'gems,karma:negative',
      // A slow machine is no fault of an answer.
      MAX_EVENT_LOOP_DELAY_MS: '0',
      ADMIN_TOKEN,
      LOG_LEVEL: 'error',
    });
    const operations = operationsOf(await (await fetch(`${service.url}/docs/json`)).json());
    const sampler = new Sampler(seededRng(SEED));
    const found = new Map<string, string[]>();
    const maker = new RequestMaker(sampler, found, ADMIN_TOKEN);
    const check = new ResponseCheck();
    const successes = new Map<Operation, number>();
    const faults: string[] = [];
    for (let sent = 0; sent < REQUESTS && faults.length < 20; sent += 1) {
      if (sent % 250 === 0) await populate(service, found, sent);
      const drawn = sampler.pick(operations);
      const operation = drawn.method === 'DELETE' && sampler.chance(0.7) ? sampler.pick(operations) : drawn;
      const request = maker.make(operation);
      const answer = await exchange(service.url, request);
      const fault = check.faultOf(operation, answer);
      if (fault !== undefined) {
        const body = String(request.body ?? '').slice(0, 300);
        faults.push(
          `#${sent} ${operation.method} ${request.path.slice(0, 200)} ${body}: ${fault}; ${answer.text.slice(0, 300)}`,
        );
      }
      if (answer.status < 300) {
        successes.set(operation, (successes.get(operation) ?? 0) + 1);
        if (answer.text !== '') collect(operation, JSON.parse(answer.text), found);
      }
    }
    expect(faults, `seed ${SEED}`).toEqual([]);
    // Broken requests alone would prove little: nearly every operation must have been carried out, too.
    const never = operations.filter((operation) => !successes.has(operation));
    const names = never.map(({ method, path }) => `${method} ${path}`);
    expect(names.length, names.join(', ')).toBeLessThanOrEqual(operations.length * 0.25);
  },
  60_000 + REQUESTS * 500,
);
