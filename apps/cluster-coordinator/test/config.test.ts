import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ConfigError, envExampleProblems, loadConfig } from '@hanok/service-kit';
import { describe, expect, test } from 'vitest';
import { coordinatorConfig } from '../src/config.ts';
import { readEtcdTls } from '../src/cluster/etcd-tls.ts';
import { votersOf } from '../src/cluster/voter-list.ts';

const three = 'coordinator-1@127.0.0.1:7101,coordinator-2@[::1]:7102,coordinator-3@host.name:7103';

describe('configuration', () => {
  test('.env.example tells every setting and its true default', () => {
    const text = readFileSync(new URL('../.env.example', import.meta.url), 'utf8');
    expect(envExampleProblems(coordinatorConfig, text)).toEqual([]);
  });

  test('the voters are read from the list', () => {
    expect(votersOf(loadConfig(coordinatorConfig, { CLUSTER_VOTERS: three }))).toEqual([
      { id: 'coordinator-1', host: '127.0.0.1', port: 7101 },
      { id: 'coordinator-2', host: '::1', port: 7102 },
      { id: 'coordinator-3', host: 'host.name', port: 7103 },
    ]);
  });

  test('without a list, a coordinator is alone', () => {
    expect(votersOf(loadConfig(coordinatorConfig, { NODE_ID: 'only', CLUSTER_PORT: '7109' }))).toEqual([
      { id: 'only', host: '127.0.0.1', port: 7109 },
    ]);
  });

  test.each([
    ['a@h:1,b@h:2', /1, 3 or 5 coordinators, not 2/],
    ['coordinator-1@h:1,coordinator-1@h:2,c@h:3', /list an id twice/],
    ['a@h:1,b@h:2,c@h:3', /must contain this coordinator, NODE_ID coordinator-1/],
  ])('the list %s is refused', (list, message) => {
    const config = loadConfig(coordinatorConfig, { CLUSTER_VOTERS: list });
    expect(() => votersOf(config)).toThrow(message);
  });

  test.each([['no-port@host'], ['@host:1'], ['a b@host:1']])('the voter "%s" is refused', (voter) => {
    expect(() => loadConfig(coordinatorConfig, { CLUSTER_VOTERS: voter })).toThrow(ConfigError);
  });

  test('the files for TLS to etcd are read, and none are needed', async () => {
    const here = fileURLToPath(import.meta.url);
    const tls = await readEtcdTls(loadConfig(coordinatorConfig, { ETCD_CA_FILE: here }));
    expect(tls.ca).toContain('the files for TLS to etcd are read');
    expect(await readEtcdTls(loadConfig(coordinatorConfig, {}))).toEqual({});
  });

  test.each([
    [{ ETCD_CERT_FILE: '/a.crt' }, /ETCD_CERT_FILE and ETCD_KEY_FILE go together/],
    [{ ETCD_CA_FILE: '/nowhere/ca.crt' }, /ETCD_CA_FILE \/nowhere\/ca.crt cannot be read: ENOENT/],
  ])('%o is refused', async (env, message) => {
    const read = readEtcdTls(loadConfig(coordinatorConfig, env));
    await expect(read).rejects.toThrow(ConfigError);
    await expect(read).rejects.toThrow(message);
  });
});
