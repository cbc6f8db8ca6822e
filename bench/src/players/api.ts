import assert from 'node:assert/strict';
import { ADMIN_TOKEN } from './settings.ts';

/** One request as a server; resolves to the body. @throws AssertionError unless it is answered with `status`. */
export async function call(
  url: string,
  { method = 'GET', body, status = 200 }: { method?: string; body?: unknown; status?: number } = {},
): Promise<Record<string, unknown>> {
  const answer = await fetch(url, {
    method,
    headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  assert.equal(answer.status, status, `${method} ${url}: ${text}`);
  return JSON.parse(text) as Record<string, unknown>;
}
