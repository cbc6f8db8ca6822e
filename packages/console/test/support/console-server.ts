import { createServer, silentLogger, type HanokServer } from '@hanok/service-kit';
import { addConsole, type ConsoleOptions } from '../../src/index.ts';
import { FakeSource } from './fake-source.ts';

export const adminToken = 'admin-token-of-the-test';
export const viewerToken = 'viewer-token-of-the-test';

/** The headers of a change that the page itself makes. */
export const ownHeaders = { 'x-hanok-console': '1', 'sec-fetch-site': 'same-origin' } as const;

export interface TestConsole extends AsyncDisposable {
  readonly server: HanokServer;
  readonly source: FakeSource;
  /** Signs in. @returns the cookie */
  signIn(token: string, name?: string): Promise<string>;
}

/** A console on a coordinator that a test plays. */
export async function startConsole(options: Partial<ConsoleOptions> = {}): Promise<TestConsole> {
  const source = new FakeSource();
  const tokens = { adminToken, viewerToken, ...options };
  const server = await createServer({
    name: 'test',
    description: 'test',
    host: '127.0.0.1',
    adminToken: tokens.adminToken,
  });
  await addConsole(server, { source, auditFolder: null, logger: silentLogger, ...tokens });
  return {
    server,
    source,
    async signIn(token, name = 'tester') {
      const answer = await server.inject({
        method: 'POST',
        url: '/console/api/session',
        headers: ownHeaders,
        payload: { token, name },
      });
      return String(answer.headers['set-cookie'] ?? '').split(';')[0] ?? '';
    },
    [Symbol.asyncDispose]: () => server.close(),
  };
}
