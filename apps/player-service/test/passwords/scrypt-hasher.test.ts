import { describe, expect, it } from 'vitest';
import { parseNewPassword } from '../../src/passwords/password-rules.ts';
import { createScryptHasher, type ScryptCost } from '../../src/passwords/scrypt-hasher.ts';

const cheap: ScryptCost = { costLog2: 4, blockSize: 8, parallelism: 1 };

describe('createScryptHasher', () => {
  it('verifies the password it hashed and no other', async () => {
    const hasher = createScryptHasher({ cost: cheap });
    const hash = await hasher.hash('correct horse');
    expect(hash).toMatch(/^scrypt\$4\$8\$1\$[\w-]{22}\$[\w-]{43}$/u);
    expect(await hasher.verify('correct horse', hash)).toBe(true);
    expect(await hasher.verify('correct horsf', hash)).toBe(false);
  });

  it('salts: the same password has another hash each time', async () => {
    const hasher = createScryptHasher({ cost: cheap });
    expect(await hasher.hash('correct horse')).not.toBe(await hasher.hash('correct horse'));
  });

  it('accepts the same password in another Unicode form', async () => {
    const hasher = createScryptHasher({ cost: cheap });
    expect(
      await hasher.verify('한글 암호'.normalize('NFD'), await hasher.hash('한글 암호'.normalize('NFC'))),
    ).toBe(true);
  });

  it('keeps verifying hashes of an older cost and asks for them to be replaced', async () => {
    const hash = await createScryptHasher({ cost: cheap }).hash('correct horse');
    const hasher = createScryptHasher({ cost: { ...cheap, costLog2: 5 } });
    expect(await hasher.verify('correct horse', hash)).toBe(true);
    expect(hasher.needsRehash(hash)).toBe(true);
    expect(hasher.needsRehash(await hasher.hash('correct horse'))).toBe(false);
  });

  it.each([null, '', 'scrypt$4$8$1$$', 'bcrypt$4$8$1$c2FsdA$a2V5', 'scrypt$60$8$1$c2FsdA$' + 'A'.repeat(43)])(
    'never accepts a password for %j',
    async (hash) => {
      expect(await createScryptHasher({ cost: cheap }).verify('correct horse', hash)).toBe(false);
    },
  );

  it('refuses, retryably, beyond its queue and serves everyone in it', async () => {
    const hasher = createScryptHasher({ cost: cheap, maxConcurrent: 1, maxWaiting: 2 });
    const outcomes = await Promise.allSettled([1, 2, 3, 4, 5].map(() => hasher.hash('correct horse')));
    expect(outcomes.map((outcome) => outcome.status)).toEqual([
      'fulfilled',
      'fulfilled',
      'fulfilled',
      'rejected',
      'rejected',
    ]);
    expect(outcomes[4]).toMatchObject({ reason: { code: 'hashing_overloaded', retryable: true } });
    await expect(hasher.hash('correct horse')).resolves.toContain('scrypt$');
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
