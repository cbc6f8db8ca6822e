import { describe, expect, it } from 'vitest';
import { parseEtcdUrl } from '../../src/etcd/etcd-url.ts';

describe('parseEtcdUrl', () => {
  it.each([
    ['etcd://a', { endpoints: ['http://a:2379'], username: null, password: null, prefix: '/hanok/' }],
    [
      'etcd://a:1,b,127.0.0.1:3/',
      { endpoints: ['http://a:1', 'http://b:2379', 'http://127.0.0.1:3'], prefix: '/hanok/' },
    ],
    ['etcds://a/games/eu', { endpoints: ['https://a:2379'], prefix: '/games/eu/' }],
    ['etcd://me:p%40ss%2F@a', { username: 'me', password: 'p@ss/', endpoints: ['http://a:2379'] }],
    ['etcd://[::1]:2379', { endpoints: ['http://[::1]:2379'] }],
  ])('reads %s', (url, expected) => {
    expect(parseEtcdUrl(url, '/hanok/')).toMatchObject(expected);
  });

  it.each(['', 'etcd://', 'http://a', 'etcd://a,,b', 'etcd://a b', 'etcd://user@a', 'etcd://a:99999'])(
    'refuses %j',
    (url) => {
      expect(() => parseEtcdUrl(url, '/hanok/')).toThrow(RangeError);
    },
  );

  it('does not repeat a password', () => {
    expect(() => parseEtcdUrl('etcd://me:secret@', '/hanok/')).not.toThrow('secret');
  });
});
