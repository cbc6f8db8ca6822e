import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { eventually, startEtcd, startProcess, type ChildHandle, type TestServer } from '@hanok/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const script = fileURLToPath(new URL('candidate-process.ts', import.meta.url));
const patiently = { timeoutMs: 30_000 };
let etcd: TestServer;

beforeAll(async () => {
  etcd = await startEtcd();
}, 60_000);
afterAll(() => etcd.stop());

/** Two candidates, of which one leads. */
async function startTwo() {
  const prefix = `/processes/${randomUUID()}/`;
  const start = (id: string) => startProcess({ args: [script, etcd.url, prefix, id], readyLine: /ready/ });
  const stack = new AsyncDisposableStack();
  const children = (await Promise.all([start('a'), start('b')])).map((child) => stack.use(child));
  const leader = await eventually(
    () => children.find((child) => actsOf(child).length > 0) ?? null,
    patiently,
  );
  const other = children.find((child) => child !== leader);
  if (other === undefined) throw new Error('two processes');
  return { leader, other, children, [Symbol.asyncDispose]: () => stack.disposeAsync() };
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
function tokensInOrderOfTime(children: readonly ChildHandle[]): number[] {
  return children
    .flatMap(actsOf)
    .toSorted((a, b) => a.at - b.at || a.token - b.token)
    .map(({ token }) => token);
}

describe('leadership by etcd among processes', { timeout: 120_000, concurrent: true }, () => {
  it('moves when the leader is killed, and only then', async () => {
    await using two = await startTwo();
    const { leader, other } = two;
    leader.kill('SIGKILL');
    await eventually(() => expect(actsOf(other).length).toBeGreaterThan(20), patiently);
    const tokens = tokensInOrderOfTime(two.children);
    expect(tokens).toEqual(tokens.toSorted((a, b) => a - b));
    expect(new Set(tokens).size).toBe(2);
  });

  it('is over for a leader that was stopped for longer than its lease, before it can act again', async () => {
    await using two = await startTwo();
    const { leader, other } = two;
    leader.kill('SIGSTOP');
    await eventually(() => expect(actsOf(other).length).toBeGreaterThan(20), patiently);
    leader.kill('SIGCONT');
    await eventually(() => expect(leader.output()).toContain('over'), patiently);
    await eventually(() => expect(actsOf(other).length).toBeGreaterThan(60), patiently);
    const tokens = tokensInOrderOfTime(two.children);
    expect(tokens).toEqual(tokens.toSorted((a, b) => a - b));
  });
});
