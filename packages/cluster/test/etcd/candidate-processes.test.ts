import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { eventually, startEtcd, startProcess, type ChildHandle, type TestServer } from '@hanok/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

const script = fileURLToPath(new URL('candidate-process.ts', import.meta.url));
const patiently = { timeoutMs: 30_000 };
const children: ChildHandle[] = [];
let etcd: TestServer;

beforeAll(async () => {
  etcd = await startEtcd();
}, 60_000);
afterAll(() => etcd.stop());
afterEach(async () => {
  await Promise.all(children.splice(0).map((child) => child[Symbol.asyncDispose]()));
});

async function startTwo(): Promise<{ leader: ChildHandle; other: ChildHandle }> {
  const prefix = `/processes/${randomUUID()}/`;
  const ids = ['a', 'b'];
  children.push(
    ...(await Promise.all(
      ids.map((id) => startProcess({ args: [script, etcd.url, prefix, id], readyLine: /ready/ })),
    )),
  );
  const leader = await eventually(
    () => children.find((child) => actsOf(child).length > 0) ?? null,
    patiently,
  );
  const other = children.find((child) => child !== leader);
  if (other === undefined) throw new Error('two processes');
  return { leader, other };
}

interface Act {
  readonly at: number;
  readonly token: number;
}

const actsOf = (child: ChildHandle): Act[] =>
  [...child.output().matchAll(/^act (\d+) (\d+)$/gm)].map(([, at, token]) => ({
    at: Number(at),
    token: Number(token),
  }));

/** Acts of all processes in the order of time: one under a lower token after a higher one means two leaders. */
function tokensInOrderOfTime(): number[] {
  return children
    .flatMap(actsOf)
    .toSorted((a, b) => a.at - b.at || a.token - b.token)
    .map(({ token }) => token);
}

describe('leadership by etcd among processes', { timeout: 120_000 }, () => {
  it('moves when the leader is killed, and only then', async () => {
    const { leader, other } = await startTwo();
    leader.kill('SIGKILL');
    await eventually(() => expect(actsOf(other).length).toBeGreaterThan(20), patiently);
    const tokens = tokensInOrderOfTime();
    expect(tokens).toEqual(tokens.toSorted((a, b) => a - b));
    expect(new Set(tokens).size).toBe(2);
  });

  it('is over for a leader that was stopped for longer than its lease, before it can act again', async () => {
    const { leader, other } = await startTwo();
    leader.kill('SIGSTOP');
    await eventually(() => expect(actsOf(other).length).toBeGreaterThan(20), patiently);
    leader.kill('SIGCONT');
    await eventually(() => expect(leader.output()).toContain('over'), patiently);
    await eventually(() => expect(actsOf(other).length).toBeGreaterThan(60), patiently);
    const tokens = tokensInOrderOfTime();
    expect(tokens).toEqual(tokens.toSorted((a, b) => a - b));
  });
});
