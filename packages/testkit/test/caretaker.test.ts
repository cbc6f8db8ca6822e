import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { eventually, startProcess } from '../src/index.ts';
import { isAlive, isListening } from './alive.ts';

interface Residue {
  ports: number[];
  pid: number;
  folder: string;
}

async function leaveBehind(signal: NodeJS.Signals): Promise<Residue> {
  const args = [fileURLToPath(new URL('fixtures/crashing-test.ts', import.meta.url))];
  await using test = await startProcess({ args, readyLine: /ready .*\n/, readyTimeoutMs: 60_000 });
  const residue = JSON.parse(/ready (.*)/.exec(test.output())?.[1] ?? '') as Residue;
  expect(await Promise.all(residue.ports.map(isListening))).toEqual([true, true, true]);
  expect([isAlive(residue.pid), existsSync(residue.folder)]).toEqual([true, true]);
  process.kill(test.pid, signal);
  await test.exited;
  return residue;
}

it.each(['SIGKILL', 'SIGINT'] as const)(
  'leaves nothing of a test process that ends by %s',
  async (signal) => {
    const { ports, pid, folder } = await leaveBehind(signal);
    await eventually(
      async () => {
        expect(await Promise.all(ports.map(isListening))).toEqual([false, false, false]);
        expect(isAlive(pid)).toBe(false);
        expect(existsSync(dirname(folder))).toBe(false);
      },
      { timeoutMs: 20_000 },
    );
  },
);
