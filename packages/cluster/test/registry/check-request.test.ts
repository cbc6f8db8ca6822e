import { describe, expect, test } from 'vitest';
import { checkBroadcast, checkRegistration } from '../../src/registry/check-request.ts';
import type { Registration } from '../../src/registry/registry-types.ts';

const node: Registration = {
  id: 'player-1',
  service: 'player-service',
  host: '::1',
  port: 8001,
  state: 'ready',
  ttlMs: 15_000,
  metadata: { zone: 'a' },
};

describe('what may come into the registry', () => {
  test.each([
    ['as it should be', {}],
    ['at the bounds', { port: 65_535, ttlMs: 300_000, metadata: { k: 'x'.repeat(4_096 - 8) } }],
  ])('%s', (_case, change) => {
    expect(() => checkRegistration({ ...node, ...change })).not.toThrow();
  });

  test.each([
    ['id', { id: '' }],
    ['id', { id: 'a/b' }],
    ['service', { service: 'x'.repeat(65) }],
    ['host', { host: 'a b' }],
    ['port', { port: 0 }],
    ['port', { port: 80.5 }],
    ['ttlMs', { ttlMs: 999 }],
    ['ttlMs', { ttlMs: Number.NaN }],
    ['metadata', { metadata: { k: 'x'.repeat(4_096 - 7) } }],
  ])('a bad %s is refused: %o', (field, change) => {
    expect(() => checkRegistration({ ...node, ...change })).toThrow(`${field}: must`);
  });

  test('broadcasts are checked alike', () => {
    const message = { id: 'm', from: 'a', message: null };
    expect(() => checkBroadcast(message)).not.toThrow();
    expect(() => checkBroadcast({ ...message, message: undefined })).toThrow('message: must');
    expect(() => checkBroadcast({ ...message, message: 'x'.repeat(4_095) })).toThrow('message: must');
    expect(() => checkBroadcast({ ...message, from: 'a b' })).toThrow('from: must');
  });
});
