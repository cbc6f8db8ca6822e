import { fileURLToPath } from 'node:url';
import { eventually, freePorts, startProcess, type ChildHandle } from '@hanok/testkit';
import { describe, expect, it, vi } from 'vitest';

const script = fileURLToPath(new URL('member-process.ts', import.meta.url));
const patiently = { timeoutMs: 30_000 };

// Detection takes its time, and several processes may share one slow machine.
vi.setConfig({ testTimeout: 90_000 });

function start(id: string, port: number, seeds: number[]): Promise<ChildHandle> {
  const args = [script, '--id', id, '--port', String(port), '--seeds', seeds.join(',')];
  return startProcess({ args, readyLine: /^ready$/m });
}

async function startThree() {
  const ports = await freePorts(3);
  const stack = new AsyncDisposableStack();
  const children = await Promise.all(['a', 'b', 'c'].map((id, index) => start(id, ports[index] ?? 0, ports)));
  const [a, b, c] = children.map((child) => stack.use(child));
  if (a === undefined || b === undefined || c === undefined) throw new Error('three members');
  const known = () =>
    [a, b, c].every((child, self) =>
      ['a', 'b', 'c'].every((id, other) => self === other || says(child, `joined ${id}`)),
    );
  await eventually(known, patiently);
  return { a, b, c, ports, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

/** Whether the last line about the member is this one. */
const says = (child: ChildHandle, line: string) => {
  const about = line.split(' ').at(-1) ?? '';
  return (
    child
      .output()
      .split('\n')
      .findLast((said) => said.endsWith(` ${about}`)) === line
  );
};

describe('members as processes', { concurrent: true }, () => {
  it('find out a killed one, and know it again when it is back', async () => {
    await using three = await startThree();
    const { a, b, c, ports } = three;
    c.kill('SIGKILL');
    await eventually(() => says(a, 'dead c') && says(b, 'dead c'), patiently);
    await using _again = await start('c', ports[2] ?? 0, ports);
    await eventually(() => says(a, 'joined c') && says(b, 'joined c'), patiently);
    expect(a.output()).not.toContain('dead b');
  });

  it('hold a stopped one dead, and it is back as soon as it goes on, without accusing anybody', async () => {
    await using three = await startThree();
    const { a, b, c } = three;
    c.kill('SIGSTOP');
    await eventually(() => says(a, 'dead c') && says(b, 'dead c'), patiently);
    c.kill('SIGCONT');
    await eventually(() => says(a, 'joined c') && says(b, 'joined c'), patiently);
    expect(c.output()).not.toContain('dead');
  });

  it('are told when one leaves', async () => {
    await using three = await startThree();
    const { a, b, c } = three;
    c.kill('SIGTERM');
    await eventually(() => says(a, 'left c') && says(b, 'left c'), patiently);
    expect((await c.exited).code).toBe(0);
    expect(a.output()).not.toContain('dead c');
  });
});
