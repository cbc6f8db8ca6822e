const TIMEOUT_MS = 5_000;

/** Why the demo cannot run against this stack; the message is one sentence for the user. */
export class NoStackError extends Error {
  override readonly name = 'NoStackError';
}

/**
 * Makes sure that a stack answers at `url` and takes the server credential.
 *
 * @throws NoStackError saying what to do.
 */
export async function probeStack(url: string, adminToken: string | undefined): Promise<void> {
  const health = await answer(`${url}/readyz`, adminToken);
  if (health === undefined) {
    throw new NoStackError(
      `No stack answers at ${url}; start one with npm start, or name another with --url.`,
    );
  }
  if (health !== 200)
    throw new NoStackError(`The stack at ${url} is not ready: it answers ${health} to /readyz.`);
  const asServer = await answer(`${url}/v1/game-log?limit=1`, adminToken);
  if (asServer === 401 || asServer === 403) {
    throw new NoStackError(`The stack at ${url} wants a server credential; set ADMIN_TOKEN to its token.`);
  }
  if (asServer !== 200)
    throw new NoStackError(`What answers at ${url} is no Hanok stack: ${asServer} to /v1/game-log.`);
}

/** The status of the answer, or `undefined` without one. */
async function answer(url: string, adminToken: string | undefined): Promise<number | undefined> {
  try {
    const response = await fetch(url, {
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...(adminToken === undefined ? {} : { headers: { authorization: `Bearer ${adminToken}` } }),
    });
    await response.body?.cancel();
    return response.status;
  } catch {
    return undefined;
  }
}
