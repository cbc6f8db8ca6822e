import { describe, expect, it } from 'vitest';
import type { Argon2idCost } from '../../src/passwords/argon2id.ts';
import { createPasswordHasher } from '../../src/passwords/password-hasher.ts';
import { parseNewPassword } from '../../src/passwords/password-rules.ts';

const cheap: Argon2idCost = { memoryKib: 8, passes: 1, parallelism: 1 };
/** Of `correct horse`, made by an earlier version. */
const earlier = 'scrypt$4$8$1$c29tZXNhbHRzb21lc2FsdA$VcmBslm12_xG8Ih6pCP1Kc4ks_rabtsHzPeQoipJ0Jw';

describe('createPasswordHasher', () => {
  it('verifies the password it hashed and no other', async () => {
    const hasher = createPasswordHasher({ cost: cheap });
    const hash = await hasher.hash('correct horse');
    expect(hash).toMatch(/^\$argon2id\$v=19\$m=8,t=1,p=1\$[\w+/]{22}\$[\w+/]{43}$/u);
    expect(await hasher.verify('correct horse', hash)).toBe(true);
    expect(await hasher.verify('correct horsf', hash)).toBe(false);
  });

  it('salts: the same password has another hash each time', async () => {
    const hasher = createPasswordHasher({ cost: cheap });
    expect(await hasher.hash('correct horse')).not.toBe(await hasher.hash('correct horse'));
  });

  it('accepts the same password in another Unicode form', async () => {
    const hasher = createPasswordHasher({ cost: cheap });
    expect(
      await hasher.verify('한글 암호'.normalize('NFD'), await hasher.hash('한글 암호'.normalize('NFC'))),
    ).toBe(true);
  });

  it('keeps verifying hashes of an older cost and asks for them to be replaced', async () => {
    const hash = await createPasswordHasher({ cost: cheap }).hash('correct horse');
    const hasher = createPasswordHasher({ cost: { ...cheap, passes: 2 } });
    expect(await hasher.verify('correct horse', hash)).toBe(true);
    expect(hasher.needsRehash(hash)).toBe(true);
    expect(hasher.needsRehash(await hasher.hash('correct horse'))).toBe(false);
  });

  it('verifies the scrypt hashes of earlier versions and asks for them to be replaced', async () => {
    const hasher = createPasswordHasher({ cost: cheap });
    expect(await hasher.verify('correct horse', earlier)).toBe(true);
    expect(await hasher.verify('correct horsf', earlier)).toBe(false);
    expect(hasher.needsRehash(earlier)).toBe(true);
  });

  it('understands the hashes of other libraries', async () => {
    // From the tests of the reference implementation (P-H-C/phc-winner-argon2, src/test.c).
    const theirs = '$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4';
    expect(await createPasswordHasher({ cost: cheap }).verify('password', theirs)).toBe(true);
  });

  it.each([
    null,
    '',
    'scrypt$4$8$1$$',
    'bcrypt$4$8$1$c2FsdA$a2V5',
    `scrypt$60$8$1$c2FsdA$${'A'.repeat(43)}`,
    `$argon2id$v=19$m=9999999,t=1,p=1$c29tZXNhbHQ$${'A'.repeat(43)}`,
    `$argon2id$v=19$m=8,t=0,p=1$c29tZXNhbHQ$${'A'.repeat(43)}`,
    `$argon2id$v=16$m=8,t=1,p=1$c29tZXNhbHQ$${'A'.repeat(43)}`,
  ])('never accepts a password for %j', async (hash) => {
    expect(await createPasswordHasher({ cost: cheap }).verify('correct horse', hash)).toBe(false);
  });

  it('refuses, retryably, beyond its queue and serves everyone in it', async () => {
    const hasher = createPasswordHasher({ cost: cheap, maxConcurrent: 1, maxWaiting: 2 });
    const outcomes = await Promise.allSettled([1, 2, 3, 4, 5].map(() => hasher.hash('correct horse')));
    expect(outcomes.map((outcome) => outcome.status)).toEqual([
      'fulfilled',
      'fulfilled',
      'fulfilled',
      'rejected',
      'rejected',
    ]);
    expect(outcomes[4]).toMatchObject({ reason: { code: 'hashing_overloaded', retryable: true } });
    await expect(hasher.hash('correct horse')).resolves.toContain('$argon2id$');
  });
});

describe('parseNewPassword', () => {
  it.each(['short', 'x'.repeat(129), 'with\u0000nul byte', 'bad\ud800surrogate'])(
    'refuses %j',
    (password) => {
      expect(() => parseNewPassword(password)).toThrow(expect.objectContaining({ code: 'invalid_value' }));
    },
  );

  it('accepts long phrases in any script', () => {
    expect(parseNewPassword('아주 길고 쉬운 문장 하나')).toBe('아주 길고 쉬운 문장 하나');
  });
});
