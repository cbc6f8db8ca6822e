import { describe, expect, it } from 'vitest';
import { adminToken, ownHeaders, startConsole, viewerToken } from './support/console-server.ts';

const session = '/console/api/session';

describe('signing in', () => {
  it('gives a cookie that scripts and other sites do not get', async () => {
    await using console = await startConsole();
    const answer = await console.server.inject({
      method: 'POST',
      url: session,
      headers: ownHeaders,
      payload: { token: adminToken, name: 'mina' },
    });
    expect(answer.json()).toEqual({ name: 'mina', role: 'operator' });
    const cookie = String(answer.headers['set-cookie']);
    for (const attribute of ['HttpOnly', 'SameSite=Strict', 'Path=/console'])
      expect(cookie).toContain(attribute);
    expect(cookie).not.toContain(adminToken);
  });

  it('knows the session again, also at another coordinator with the same tokens', async () => {
    await using console = await startConsole();
    await using other = await startConsole();
    const cookie = await console.signIn(viewerToken, 'jun');
    const answer = await other.server.inject({ url: session, headers: { cookie } });
    expect(answer.json()).toEqual({ signedIn: true, name: 'jun', role: 'viewer', canSignOut: true });
  });

  it('refuses a cookie that was changed, signed out, or made under other tokens', async () => {
    await using console = await startConsole();
    await using elsewhere = await startConsole({ adminToken: 'another-admin-token' });
    const cookie = await console.signIn(viewerToken);
    const [name = '', value = ''] = cookie.split('=');
    const [text = '', signature = ''] = value.split('.');
    const content = Buffer.from(text, 'base64url').toString().replace('viewer', 'operator');
    const forged = `${name}=${Buffer.from(content).toString('base64url')}.${signature}`;
    const isSignedIn = async (sent: string, at = console) =>
      (await at.server.inject({ url: session, headers: { cookie: sent } })).json<{ signedIn: boolean }>()
        .signedIn;
    expect(await isSignedIn(cookie)).toBe(true);
    expect(await isSignedIn(forged)).toBe(false);
    expect(await isSignedIn(cookie, elsewhere)).toBe(false);
    await console.server.inject({ method: 'DELETE', url: session, headers: { ...ownHeaders, cookie } });
    expect(await isSignedIn(cookie)).toBe(false);
  });

  it('stops guessing after five wrong tokens', async () => {
    await using console = await startConsole();
    const attempt = (token: string) =>
      console.server.inject({ method: 'POST', url: session, headers: ownHeaders, payload: { token } });
    for (let tries = 0; tries < 5; tries += 1) expect((await attempt(`wrong-${tries}`)).statusCode).toBe(401);
    const refused = await attempt(adminToken);
    expect(refused.statusCode).toBe(429);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
  });

  it('asks for no token where the service has none, and is bound to loopback', async () => {
    await using console = await startConsole({ adminToken: undefined, viewerToken: undefined });
    const answer = await console.server.inject({ url: session, headers: { host: 'localhost' } });
    expect(answer.json()).toMatchObject({ signedIn: true, role: 'operator' });
    const foreign = await console.server.inject({ url: session, headers: { host: 'evil.example' } });
    expect(foreign.json()).toMatchObject({ signedIn: false });
  });
});
