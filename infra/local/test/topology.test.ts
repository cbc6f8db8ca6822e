import { exitCodeConfig } from '@hanok/service-kit';
import { describe, expect, it } from 'vitest';
import { EXIT_CODE_CONFIG } from '../src/supervisor.ts';
import { buildTopology, type ServiceSpec } from '../src/topology.ts';

const OPTIONS = { playerServices: 3, portOffset: 0, dataDir: '/data', watch: false };

const named = (services: readonly ServiceSpec[], name: string): ServiceSpec | undefined =>
  services.find((service) => service.name === name);

describe('buildTopology', () => {
  it('is three coordinators, a cache-service, three player-services and an lb-proxy', () => {
    const { services } = buildTopology(OPTIONS, {}, '/repo');
    expect(services.map((service) => [service.name, service.urls.map(({ url }) => url)])).toEqual([
      ['coordinator-1', ['http://127.0.0.1:7001']],
      ['coordinator-2', ['http://127.0.0.1:7002']],
      ['coordinator-3', ['http://127.0.0.1:7003']],
      ['cache-service', ['http://127.0.0.1:8020']],
      ['player-service-1', ['http://127.0.0.1:8001']],
      ['player-service-2', ['http://127.0.0.1:8002']],
      ['player-service-3', ['http://127.0.0.1:8003']],
      ['lb-proxy', ['http://127.0.0.1:8080', 'http://127.0.0.1:8081']],
    ]);
    expect(named(services, 'player-service-2')?.script).toBe('/repo/apps/player-service/src/main.ts');
  });

  it('tells the coordinators of each other, and the services of the coordinators', () => {
    const { services } = buildTopology(OPTIONS, {}, '/repo');
    expect(named(services, 'coordinator-2')?.env).toMatchObject({
      NODE_ID: 'coordinator-2',
      PORT: '7002',
      CLUSTER_PORT: '7102',
      CLUSTER_VOTERS:
        'coordinator-1@127.0.0.1:7101,coordinator-2@127.0.0.1:7102,coordinator-3@127.0.0.1:7103',
      DATA_DIR: '/data/coordinator-2',
      COORDINATION_URL: 'embedded:',
    });
    for (const name of ['cache-service', 'player-service-1', 'lb-proxy']) {
      expect(named(services, name)?.env['COORDINATOR_URLS']).toBe(
        'http://127.0.0.1:7001,http://127.0.0.1:7002,http://127.0.0.1:7003',
      );
    }
  });

  it('shifts every port by the offset', () => {
    const ports = (portOffset: number) =>
      buildTopology({ ...OPTIONS, portOffset }, {}, '/repo').services.flatMap((service) =>
        service.ports.map(({ port }) => port),
      );
    expect(ports(20_000)).toEqual(ports(0).map((port) => port + 20_000));
    const shifted = buildTopology({ ...OPTIONS, portOffset: 20_000 }, {}, '/repo');
    const settings = JSON.stringify(shifted.services.map((service) => service.env));
    expect(settings.match(/:(7|8)\d{3}\b/gu)).toBeNull();
  });

  it('gives no port to two services, with as many player-services as allowed', () => {
    const { services } = buildTopology({ ...OPTIONS, playerServices: 16 }, {}, '/repo');
    const claims = services.flatMap((service) =>
      service.ports.map(({ port, protocol }) => `${protocol}/${port}`),
    );
    expect(new Set(claims).size).toBe(claims.length);
    expect(services.filter((service) => service.app === 'player-service')).toHaveLength(16);
  });

  it('keeps everything in the data folder and the cache in the cache-service by default', () => {
    const { services } = buildTopology(OPTIONS, {}, '/repo');
    expect(named(services, 'player-service-1')?.env).toMatchObject({
      DATABASE_URL: 'sqlite:/data/hanok.db',
      CACHE_URL: 'http://127.0.0.1:8020',
    });
    expect(named(services, 'cache-service')?.env).toMatchObject({
      CACHE_URL: 'memory:',
      DATA_DIR: expect.stringMatching(/cache-service$/) as string,
    });
  });

  it('passes on engines from the environment', () => {
    const env = {
      DATABASE_URL: 'postgres://db/hanok',
      CACHE_URL: 'redis://cache',
      COORDINATION_URL: 'etcd://e',
    };
    const { services } = buildTopology(OPTIONS, env, '/repo');
    expect(named(services, 'player-service-1')?.env).toMatchObject({
      DATABASE_URL: 'postgres://db/hanok',
      CACHE_URL: 'redis://cache',
    });
    expect(named(services, 'cache-service')?.env).toMatchObject({ CACHE_URL: 'redis://cache' });
    expect(named(services, 'cache-service')?.env).not.toHaveProperty('DATA_DIR');
    expect(named(services, 'coordinator-1')?.env).toMatchObject({ COORDINATION_URL: 'etcd://e' });
  });

  it('is woken more rarely than a fleet, unless the environment says otherwise', () => {
    const own = { ELECTION_TIMEOUT_MS: '2000', MEMBERSHIP_PRESET: 'frugal', REGISTRATION_TTL_MS: '30000' };
    const usual = { ELECTION_TIMEOUT_MS: '1000', MEMBERSHIP_PRESET: 'lan', REGISTRATION_TTL_MS: '15000' };
    const settings = (env: Readonly<Record<string, string>>) => {
      const { services } = buildTopology(OPTIONS, env, '/repo');
      return { ...named(services, 'coordinator-1')?.env, ...named(services, 'lb-proxy')?.env };
    };
    expect(settings({})).toMatchObject(own);
    expect(settings(usual)).toMatchObject(usual);
  });

  it('never gives player-services a memory cache each', () => {
    const { services } = buildTopology(OPTIONS, { CACHE_URL: 'memory:' }, '/repo');
    expect(named(services, 'player-service-1')?.env).toMatchObject({ CACHE_URL: 'http://127.0.0.1:8020' });
  });

  it('stops traffic first, coordinators last, in less than the ten seconds a user is promised', () => {
    const { services } = buildTopology(OPTIONS, {}, '/repo');
    const waves = services.toSorted((left, right) => left.stopWave - right.stopWave);
    expect(waves[0]?.name).toBe('lb-proxy');
    expect(waves.slice(-3).map((service) => service.app)).toEqual(Array(3).fill('cluster-coordinator'));
    const graceByWave = new Map(waves.map((service) => [service.stopWave, service.stopGraceMs]));
    expect([...graceByWave.values()].reduce((sum, graceMs) => sum + graceMs, 0)).toBeLessThanOrEqual(9_000);
    for (const service of services) {
      expect(Number(service.env['SHUTDOWN_DEADLINE_MS'])).toBeLessThan(service.stopGraceMs);
    }
  });
});

it('knows the exit code by which services tell of a wrong configuration', () => {
  expect(EXIT_CODE_CONFIG).toBe(exitCodeConfig);
});
