import { temporaryFolder } from '@hanok/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { brokenRequests, type ApiDocument, type RawRequest } from './fixtures/broken-requests.ts';
import { startStack, type Stack } from './fixtures/real-stack.ts';

/** What is wrong with the answer to a broken request; undefined when it is as it should be. */
async function faultOf(
  url: string,
  { method, path, headers = {}, body }: RawRequest,
): Promise<string | undefined> {
  const answer = await fetch(url + path, {
    method,
    headers,
    signal: AbortSignal.timeout(10_000),
    ...(body === undefined ? {} : { body }),
  });
  const type = answer.headers.get('content-type') ?? '';
  if (answer.status < 400) {
    // Some of what is thrown is fine by accident, or opens a stream: nothing to find fault with.
    await answer.body?.cancel();
    return undefined;
  }
  const text = await answer.text();
  if (answer.status >= 500) return `${answer.status} ${text}`;
  if (!type.startsWith('application/problem+json'))
    return `${answer.status} is no problem document but ${type}`;
  const problem = JSON.parse(text) as { code?: string; errors?: { field: string; rule: string }[] };
  if (problem.code === undefined) return `${answer.status} without a code`;
  const named = problem.errors?.every(({ field, rule }) => field !== '' && rule !== '') === true;
  return answer.status === 400 && !named ? `400 that names no field and rule: ${text}` : undefined;
}

describe('broken requests to every route of every service', () => {
  let stack: Stack;
  const resources = new AsyncDisposableStack();

  beforeAll(async () => {
    const folder = resources.use(temporaryFolder());
    stack = await startStack(folder.path);
    resources.use(stack.process);
  }, 120_000);
  afterAll(() => resources.disposeAsync());

  it.each([
    ['cluster-coordinator', 7_001],
    ['player-service', 8_001],
    ['cache-service', 8_020],
    ['lb-proxy', 8_081],
  ])(
    '%s answers with a problem that names field and rule, never with a 5xx',
    async (_service, port) => {
      const url = `http://127.0.0.1:${port + stack.portOffset}`;
      const document = (await (await fetch(`${url}/docs/json`)).json()) as ApiDocument;
      const faults: string[] = [];
      let sent = 0;
      for (const request of brokenRequests(document)) {
        sent += 1;
        const fault = await faultOf(url, request);
        if (fault !== undefined) {
          const shown = String(request.body ?? '').slice(0, 100);
          faults.push(`${request.method} ${request.path.slice(0, 100)} ${shown}: ${fault.slice(0, 300)}`);
        }
      }
      expect(sent).toBeGreaterThan(200);
      expect(faults).toEqual([]);
    },
    120_000,
  );
});
