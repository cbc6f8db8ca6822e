import { describe, expect, it } from 'vitest';
import { openStore } from '../../src/index.ts';
import { parseRedisUrl } from '../../src/redis/redis-url.ts';

describe('parseRedisUrl', () => {
  it.each([
    ['redis://a', [{ target: { host: 'a', port: 6379, database: 0, tls: false }, weight: 1 }]],
    ['rediss://a:1/2', [{ target: { host: 'a', port: 1, database: 2, tls: true }, weight: 1 }]],
    ['redis://[::1]:7', [{ target: { host: '::1', port: 7, database: 0, tls: false }, weight: 1 }]],
    [
      'redis://kim:p%40ss%3A@a',
      [
        {
          target: { host: 'a', port: 6379, database: 0, tls: false, username: 'kim', password: 'p@ss:' },
          weight: 1,
        },
      ],
    ],
    [
      'redis://:secret@a,b:2/1?weights=1,2.5',
      [
        { target: { host: 'a', port: 6379, database: 1, tls: false, password: 'secret' }, weight: 1 },
        { target: { host: 'b', port: 2, database: 1, tls: false, password: 'secret' }, weight: 2.5 },
      ],
    ],
    [
      'redis-cluster://:pw@a,b:7000',
      [
        {
          target: {
            nodes: [
              { host: 'a', port: 6379, password: 'pw' },
              { host: 'b', port: 7000, password: 'pw' },
            ],
          },
          weight: 1,
        },
      ],
    ],
    [
      'redis-sentinel://:pw@a,b:7000/mymaster/3',
      [
        {
          target: {
            sentinels: [
              { host: 'a', port: 26379 },
              { host: 'b', port: 7000 },
            ],
            primaryName: 'mymaster',
            database: 3,
            password: 'pw',
          },
          weight: 1,
        },
      ],
    ],
  ])('reads %s', (url, shards) => {
    expect(parseRedisUrl(url)).toEqual({ shards });
  });

  it('reads replicas, and the list that servers are added to', () => {
    const shared = { database: 2, tls: false, password: 'pw' };
    const primary = { target: { host: 'a', port: 6379, ...shared, standbys: [{ host: 'a2', port: 7 }] } };
    expect(parseRedisUrl('redis://:pw@a|a2:7,b/2?weights=1,3&previous=a|a2:7&previousWeights=2')).toEqual({
      shards: [
        { ...primary, weight: 1 },
        { target: { host: 'b', port: 6379, ...shared }, weight: 3 },
      ],
      previous: [{ ...primary, weight: 2 }],
    });
  });

  it('reads several primaries of the same Sentinels', () => {
    const { shards } = parseRedisUrl('redis-sentinel://s1,s2/eu,us/1');
    expect(shards).toMatchObject([
      { target: { primaryName: 'eu', database: 1 } },
      { target: { primaryName: 'us', database: 1 } },
    ]);
  });

  it.each([
    'redis://',
    'redis://a,',
    'redis://a b',
    'redis://a:port',
    'redis://a:99999',
    'redis://a,a',
    'redis://a/x',
    'redis://a?weights=0',
    'redis://a,b?weights=1',
    'redis://a,b?weights=1,-1',
    'redis://a?timeout=1',
    'redis://a|a',
    'redis://a|b,b',
    'redis://a|',
    'redis://a?previous=',
    'redis://a,b?previous=a&previous=b',
    'redis://a,b?previous=a&previousWeights=1,2',
    'redis://a,b?previousWeights=1',
    'rediss://a,b?previous=a',
    'redis-sentinel://a/x,',
    'redis-cluster://a?previous=b',
    'redis://%ff@a',
    'redis:a',
    'redis-cluster://a/1',
    'redis-cluster://a?weights=1',
    'redis-sentinel://a',
    'redis-sentinel://a/x/y',
    'redis-sentinel://a/x/1/2',
  ])('refuses %s, naming the setting and not the password', (url) => {
    expect(() => parseRedisUrl(url.replace('://', '://:hunter2@'))).toThrow(
      expect.objectContaining({
        code: 'invalid',
        field: 'CACHE_URL',
        message: expect.not.stringContaining('hunter2') as string,
      }),
    );
  });
});

describe('openStore', () => {
  it.each(['', 'memory', 'memory:x', 'memcached://a', 'http://', 'https:///x', 'a'])('refuses %j', (url) => {
    expect(() => openStore(url)).toThrow(expect.objectContaining({ code: 'invalid', field: 'CACHE_URL' }));
  });
});
