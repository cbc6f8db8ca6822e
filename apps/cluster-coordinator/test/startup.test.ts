import { createServer } from 'node:net';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadConfig, silentLogger } from '@hanok/service-kit';
import type { Environment } from '@hanok/service-kit';
import { freePorts, startProcess, temporaryFolder } from '@hanok/testkit';
import { describe, expect, test } from 'vitest';
import { openCluster } from '../src/cluster/open-cluster.ts';
import { coordinatorConfig } from '../src/config.ts';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));

/** What a coordinator prints that cannot start. */
async function failure(env: Readonly<Record<string, string | undefined>>): Promise<string> {
  const started = startProcess({ args: [main], env, readyLine: /listens on/ });
  const message = await started.then(
    async (child) => {
      await child[Symbol.asyncDispose]();
      throw new Error('it started');
    },
    (error: Error) => error.message,
  );
  return message.slice(message.indexOf('It printed:') + 'It printed:'.length).trim();
}

async function settings(): Promise<Record<string, string>> {
  const [port, clusterPort] = await freePorts(2);
  return { PORT: String(port), CLUSTER_PORT: String(clusterPort) };
}

describe('a coordinator that cannot start says why in one sentence', () => {
  test('its cluster port is taken', async () => {
    await using folder = temporaryFolder();
    const env = await settings();
    const squatter = createServer().listen(Number(env['CLUSTER_PORT']), '127.0.0.1');
    try {
      const said = await failure({ ...env, DATA_DIR: join(folder.path, 'a') });
      expect(said).toBe(
        `cluster-coordinator: cannot start: CLUSTER_PORT ${env['CLUSTER_PORT']} on 127.0.0.1 is already in use`,
      );
    } finally {
      squatter.close();
    }
  });

  test('its data folder is a file, or is damaged', async () => {
    await using folder = temporaryFolder();
    const env = await settings();
    await writeFile(join(folder.path, 'file'), '');
    const file = await failure({ ...env, DATA_DIR: join(folder.path, 'file', 'x') });
    expect(file).toMatch(/^cluster-coordinator: cannot start: DATA_DIR \S+ cannot be used: ENOTDIR$/);
    await mkdir(join(folder.path, 'bad'));
    await writeFile(join(folder.path, 'bad', 'raft.log'), 'not a log at all');
    const damaged = await failure({ ...env, DATA_DIR: join(folder.path, 'bad') });
    expect(damaged).toMatch(/^cluster-coordinator: cannot start: \S+raft\.log: is not a log/);
  });

  test('its voters cannot vote', async () => {
    await using folder = temporaryFolder();
    const said = await failure({
      ...(await settings()),
      DATA_DIR: folder.path,
      CLUSTER_VOTERS: 'a@h:1,b@h:2',
    });
    expect(said).toMatch(/^cluster-coordinator: invalid configuration: CLUSTER_VOTERS must list 1, 3 or 5/);
    expect(said.split('\n')).toHaveLength(1);
  });
});

describe('a setting that does not fit is refused', () => {
  test.each([
    [{ CLUSTER_HOST: '0.0.0.0' }, /CLUSTER_HOST 0\.0\.0\.0 is not loopback, so CLUSTER_KEY is required/],
    [{ CLUSTER_KEY: 'c2hvcnQ=' }, /CLUSTER_KEY: each key must be 32 bytes in base64/],
    [{ COORDINATION_URL: 'zookeeper://x' }, /COORDINATION_URL/],
    [{ COORDINATION_URL: 'etcd://' }, /COORDINATION_URL must be etcd:/],
    [{ ELECTION_TIMEOUT_MS: '5' }, /ELECTION_TIMEOUT_MS/],
  ])('%o', async (change, sentence) => {
    await using folder = temporaryFolder();
    const env: Environment = { ...(await settings()), DATA_DIR: folder.path, ...change };
    const open = async () => openCluster(loadConfig(coordinatorConfig, env), silentLogger, () => undefined);
    await expect(open()).rejects.toThrow(sentence);
  });
});
