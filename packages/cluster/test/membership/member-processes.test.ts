import { fileURLToPath } from 'node:url';
import { eventually, freePorts, startProcess, type ChildHandle } from '@hanok/testkit';
import { describe, expect, it, vi } from 'vitest';

const script = fileURLToPath(new URL('member-process.ts', import.meta.url));
const patiently = { timeoutMs: 60_000 };

// Detection takes its time, and several processes may share one slow machine.
vi.setConfig({ testTimeout: 180_000 });

function start(id: string, port: number, seeds: number[]): Promise<ChildHandle> {
  const args = [script, '--id', id, '--port', String(port), '--seeds', seeds.join(',')];
  return startProcess({ args, readyLine: /^ready$/m, readyTimeoutMs: 60_000 });
}

async function startThree() {
  const ports = await freePorts(3);
  const stack = new AsyncDisposableStack();
  const children = await Promise.all(['a', 'b', 'c'].map((id, index) => start(id, ports[index] ?? 0, ports)));
  const [a, b, c] = children.map((child) => stack.use(child));
  if (a === undefined || b === undefined || c === undefined) throw new Error('three members');
  const known = () =>
    [a, b, c].every((child, self) =>
      ['a', 'b', 'c'].every((id, other) => self === other || holdsAlive(child, id)),
    );
  await eventually(known, patiently);
  return { a, b, c, ports, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

/** What the last line about the member says. */
function lastSaid(child: ChildHandle, about: string): string | undefined {
  const lines = child.output().split('\n');
  return lines.findLast((said) => said.endsWith(` ${about}`))?.split(' ')[0];
}

const holds = (child: ChildHandle, about: string, state: 'dead' | 'left'): boolean =>
  lastSaid(child, about) === state;

/** On a busy machine, a suspicion that was refuted may come after the joining. */
const holdsAlive = (child: ChildHandle, about: string): boolean =>
  ['joined', 'alive'].includes(lastSaid(child, about) ?? '');

describe('members as processes', { concurrent: true }, () => {
  it('find out a killed one, and know it again when it is back', async () => {
    await using three = await startThree();
    const { a, b, c, ports } = three;
    c.kill('SIGKILL');
    await eventually(() => holds(a, 'c', 'dead') && holds(b, 'c', 'dead'), patiently);
    await using _again = await start('c', ports[2] ?? 0, ports);
    await eventually(() => holdsAlive(a, 'c') && holdsAlive(b, 'c'), patiently);
    expect(a.output()).not.toContain('dead b');
  });

  it('hold a stopped one dead, and it is back as soon as it goes on, without accusing anybody', async () => {
    await using three = await startThree();
    const { a, b, c } = three;
    c.kill('SIGSTOP');
    await eventually(() => holds(a, 'c', 'dead') && holds(b, 'c', 'dead'), patiently);
    c.kill('SIGCONT');
    await eventually(() => holdsAlive(a, 'c') && holdsAlive(b, 'c'), patiently);
    expect(c.output()).not.toContain('dead');
  });

  it('are told when one leaves', async () => {
    await using three = await startThree();
    const { a, b, c } = three;
    c.kill('SIGTERM');
    await eventually(() => holds(a, 'c', 'left') && holds(b, 'c', 'left'), patiently);
    expect((await c.exited).code).toBe(0);
    expect(a.output()).not.toContain('dead c');
  });
});
