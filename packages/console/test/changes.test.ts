import { temporaryFolder } from '@hanok/testkit';
import { describe, expect, it } from 'vitest';
import { actions } from '../src/api/action-routes.ts';
import {
  adminToken,
  ownHeaders,
  startConsole,
  viewerToken,
  type TestConsole,
} from './support/console-server.ts';

const stepDown = '/console/api/actions/cluster.step-down';

function change(console: TestConsole, headers: Readonly<Record<string, string>>) {
  return console.server.inject({ method: 'POST', url: stepDown, headers, payload: {} });
}

interface AuditBody {
  readonly items: readonly Record<string, unknown>[];
  readonly missing: readonly string[];
}

async function readAudit(console: TestConsole): Promise<AuditBody> {
  const authorization = `Bearer ${viewerToken}`;
  return (await console.server.inject({ url: '/console/api/audit', headers: { authorization } })).json();
}

describe('changes', () => {
  it('are for operators alone', async () => {
    await using console = await startConsole();
    expect((await change(console, ownHeaders)).statusCode).toBe(401);
    const cookie = await console.signIn(viewerToken);
    const refused = await change(console, { ...ownHeaders, cookie });
    expect(refused.statusCode).toBe(403);
    expect(console.source.stepDowns).toBe(0);
  });

  it('need the role operator for every action there is', async () => {
    await using console = await startConsole();
    const cookie = await console.signIn(viewerToken);
    expect(actions.length).toBeGreaterThan(8);
    for (const { name } of actions) {
      const url = `/console/api/actions/${name}`;
      const headers = { ...ownHeaders, cookie };
      const answer = await console.server.inject({ method: 'POST', url, headers, payload: {} });
      // A body that does not fit is told only to those who may.
      expect([400, 403], name).toContain(answer.statusCode);
    }
    expect(console.source.stepDowns).toBe(0);
  });

  it('are refused when another site may have caused them', async () => {
    await using console = await startConsole();
    const cookie = await console.signIn(adminToken);
    const attempts: Record<string, string>[] = [
      { cookie },
      { ...ownHeaders, cookie, 'sec-fetch-site': 'cross-site' },
      { ...ownHeaders, cookie, 'sec-fetch-site': 'same-site' },
      { ...ownHeaders, cookie, origin: 'https://evil.example', host: 'localhost:7001' },
    ];
    for (const headers of attempts) expect((await change(console, headers)).statusCode).toBe(403);
    expect(console.source.stepDowns).toBe(0);
    const own = { ...ownHeaders, cookie, origin: 'http://localhost:7001', host: 'localhost:7001' };
    expect((await change(console, own)).statusCode).toBe(200);
  });

  it('are in the audit log with who, what, when, before and after, refused ones too', async () => {
    await using console = await startConsole();
    const cookie = await console.signIn(adminToken, 'mina');
    await change(console, { ...ownHeaders, cookie });
    await console.server.inject({
      method: 'POST',
      url: '/console/api/actions/cluster.remove-service',
      headers: { ...ownHeaders, cookie },
      payload: { id: 'nobody' },
    });
    const { items } = await readAudit(console);
    expect(items).toMatchObject([
      { action: 'cluster.remove-service', target: 'nobody', outcome: 'failed' },
      {
        action: 'cluster.step-down',
        who: { name: 'mina', role: 'operator' },
        coordinator: 'coordinator-1',
        before: { leaderId: 'coordinator-1', term: 3 },
        after: { leaderId: 'coordinator-2', term: 4 },
        outcome: 'done',
      },
      { action: 'session.sign-in', outcome: 'done' },
    ]);
    expect(Date.parse(String(items[1]?.['at']))).toBeGreaterThan(0);
  });

  it('stay in the audit log across restarts', async () => {
    using folder = { path: temporaryFolder().path, [Symbol.dispose]: () => undefined };
    {
      await using first = await startConsole({ auditFolder: folder.path });
      const cookie = await first.signIn(adminToken, 'mina');
      await change(first, { ...ownHeaders, cookie });
    }
    await using second = await startConsole({ auditFolder: folder.path });
    const { items } = await readAudit(second);
    expect(items.map(({ action, number }) => [action, number])).toEqual([
      ['cluster.step-down', 2],
      ['session.sign-in', 1],
    ]);
  });

  it('made elsewhere are missing when a coordinator does not answer, and it is named', async () => {
    await using console = await startConsole();
    const other = { id: 'coordinator-2', host: 'b', port: 1, state: 'alive', role: 'follower' } as const;
    console.source.members = [{ ...other, vote: 'voter', match: null, heardAgoMs: null }];
    expect((await readAudit(console)).missing).toEqual(['coordinator-2']);
    expect(await console.source.topics.get('console-audit')?.('5')).toBe('[]');
  });
});
