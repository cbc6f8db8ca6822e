import { describe, expect, it } from 'vitest';
import { bearerToken, ConfigError, createAdminPolicy, isLoopbackHost } from '../src/index.ts';

describe('createAdminPolicy', () => {
  it('needs a token off loopback', () => {
    expect(() => createAdminPolicy('0.0.0.0', undefined)).toThrow(ConfigError);
    expect(() => createAdminPolicy('::', undefined)).toThrow(/ADMIN_TOKEN is required/);
  });

  it('with a token accepts exactly that bearer, also on loopback', () => {
    const policy = createAdminPolicy('127.0.0.1', 'correct-token');
    expect(policy.isAdmin({ authorization: 'Bearer correct-token' })).toBe(true);
    for (const authorization of [
      undefined,
      '',
      'correct-token',
      'Bearer wrong',
      'Bearer correct-token2',
      'Basic correct-token',
    ]) {
      expect(policy.isAdmin({ authorization })).toBe(false);
    }
  });

  it.each([5, 252, 253, 255, 256, 1_000])(
    'accepts nothing but the token where it has %i characters',
    (length) => {
      const token = 't'.repeat(length);
      const policy = createAdminPolicy('0.0.0.0', token);
      const isAdmin = (given: string) => policy.isAdmin({ authorization: `Bearer ${given}` });
      expect(isAdmin(token)).toBe(true);
      for (const other of [
        `${token}t`,
        token.slice(1),
        `${token.slice(1)}s`,
        `${token}\0`,
        `${token}ÿ`,
        `${token}𐍈`,
      ]) {
        expect(isAdmin(other)).toBe(false);
      }
    },
  );

  describe('on loopback without a token', () => {
    const policy = createAdminPolicy('127.0.0.1', undefined);
    const local = { host: '127.0.0.1:8081' };

    it('takes local requests as the admin, whatever bearer they carry but a player session', () => {
      expect(policy.isAdmin(local)).toBe(true);
      expect(policy.isAdmin({ ...local, authorization: 'Bearer anything' })).toBe(true);
      expect(policy.isAdmin({ ...local, authorization: 'Bearer hps_abc' })).toBe(false);
    });

    it('refuses what a foreign web page makes a browser send', () => {
      expect(policy.isAdmin({ host: 'evil.example:8081' })).toBe(false);
      expect(policy.isAdmin({ ...local, origin: 'https://evil.example' })).toBe(false);
      expect(policy.isAdmin({ ...local, origin: 'null' })).toBe(false);
      expect(policy.isAdmin({ ...local, origin: 'http://localhost:7001' })).toBe(true);
    });
  });
});

describe('isLoopbackHost', () => {
  it.each(['localhost', '127.0.0.1', '127.8.9.10', '::1', '[::1]'])('%s is loopback', (host) => {
    expect(isLoopbackHost(host)).toBe(true);
  });
  it.each(['0.0.0.0', '::', '10.0.0.1', '127.0.0.1.evil.example', 'localhost.evil.example', ''])(
    '%s is not',
    (host) => {
      expect(isLoopbackHost(host)).toBe(false);
    },
  );
});

describe('bearerToken', () => {
  it('reads the token, case-insensitively in the scheme', () => {
    expect(bearerToken('bearer abc')).toBe('abc');
    expect(bearerToken('Bearer a b')).toBeUndefined();
    expect(bearerToken('Basic abc')).toBeUndefined();
  });
});
