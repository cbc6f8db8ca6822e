import autocannon from 'autocannon';
import type { WriteRequest } from './write-requests.ts';

/** Connections to each of the servers, each with one request at a time. */
const connectionsEach = 22;

/**
 * Sends writes to all servers at once, as many connections to each. @returns acknowledged writes a second.
 * @throws Error when any of them failed: a fast refusal is no throughput.
 */
export async function writesPerSecond(
  urls: readonly string[],
  write: (index: number) => WriteRequest,
  seconds: number,
): Promise<number> {
  let index = 0;
  const loads = urls.map((url) =>
    autocannon({
      url,
      connections: connectionsEach,
      duration: seconds,
      timeout: 10,
      requests: [
        {
          setupRequest(request) {
            index += 1;
            const { method, path, body } = write(index);
            return { ...request, method, path, body, headers: { 'content-type': 'application/json' } };
          },
        },
      ],
    }),
  );
  const results = await Promise.all(loads);
  const failed = results.reduce((sum, { errors, timeouts, non2xx }) => sum + errors + timeouts + non2xx, 0);
  if (failed > 0) throw new Error(`${failed} writes failed`);
  return results.reduce((sum, { requests, duration }) => sum + requests.total / duration, 0);
}
