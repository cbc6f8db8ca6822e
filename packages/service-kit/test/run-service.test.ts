import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer as createSocketServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';

const sample = fileURLToPath(new URL('fixtures/sample-service.ts', import.meta.url));
const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

function run(env: Record<string, string>, options: { ipc?: boolean } = {}) {
  const child = spawn(process.execPath, [sample], {
    env: { ...process.env, LOG_LEVEL: 'error', ...env },
    stdio: ['ignore', 'pipe', 'pipe', ...(options.ipc === true ? (['ipc'] as const) : [])],
  });
  children.push(child);
  let output = '';
  const waiting = new Map<RegExp, (match: RegExpExecArray) => void>();
  const collect = (chunk: Buffer) => {
    output += chunk.toString();
    for (const [pattern, resolve] of waiting) {
      const match = pattern.exec(output);
      if (match) resolve(match);
    }
  };
  child.stdout?.on('data', collect);
  child.stderr?.on('data', collect);
  const ends = [child.stdout, child.stderr].map((stream) => (stream ? once(stream, 'end') : undefined));
  const exited = Promise.all([once(child, 'exit'), ...ends]).then(([[code]]) => ({
    code: code as number | null,
    output,
  }));
  return {
    child,
    exited,
    printed: (pattern: RegExp) =>
      new Promise<RegExpExecArray>((resolve, reject) => {
        const match = pattern.exec(output);
        if (match) resolve(match);
        else waiting.set(pattern, resolve);
        void exited.then(() => reject(new Error(`ended without printing ${String(pattern)}: ${output}`)));
      }),
  };
}

describe('runService', { timeout: 60_000 }, () => {
  it('listens, then on SIGTERM drains, closes and exits 0', async () => {
    const service = run({});
    const port = Number((await service.printed(/listening (\d+)/))[1]);
    expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200);
    service.child.kill('SIGTERM');
    const { code, output } = await service.exited;
    expect(code).toBe(0);
    expect(output).toMatch(/drained\nclosed\n$/);
  });

  it('finishes a request that is under way before it exits', async () => {
    const service = run({ SLOW_MS: '300' });
    const port = Number((await service.printed(/listening (\d+)/))[1]);
    const answer = fetch(`http://127.0.0.1:${port}/slow`).then((response) => response.json());
    await service.printed(/slow request begun/);
    service.child.kill('SIGTERM');
    expect(await answer).toEqual({ done: true });
    expect((await service.exited).code).toBe(0);
  });

  it('ends at the deadline when a request never ends', async () => {
    const service = run({ SLOW_MS: '60000', SHUTDOWN_DEADLINE_MS: '200' });
    const port = Number((await service.printed(/listening (\d+)/))[1]);
    const answer = fetch(`http://127.0.0.1:${port}/slow`).catch((error: unknown) => error);
    await service.printed(/slow request begun/);
    service.child.kill('SIGTERM');
    const { code, output } = await service.exited;
    expect(code).toBe(1);
    expect(output).toContain('not stopped in time');
    expect(await answer).toBeInstanceOf(Error);
  });

  it('goes away with its supervisor', async () => {
    const service = run({ HANOK_SUPERVISED: '1' }, { ipc: true });
    await service.printed(/listening/);
    service.child.disconnect();
    expect((await service.exited).code).toBe(0);
  });

  it('says in one sentence what is wrong with its settings, and exits 78', async () => {
    const { code, output } = await run({ PORT: 'many', HOST: '0.0.0.0' }).exited;
    expect(code).toBe(78);
    expect(output.trim().split('\n')).toHaveLength(1);
    expect(output).toContain('PORT must be an integer from 0 to 65535 (got "many")');
  });

  it('says in one sentence that the port is taken, and exits 1', async () => {
    const holder = createSocketServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const { port } = holder.address() as { port: number };
    const { code, output } = await run({ PORT: String(port) }).exited;
    holder.close();
    expect(code).toBe(1);
    expect(output.trim()).toBe(
      `sample: port ${port} on 127.0.0.1 is already in use; free it or set another PORT`,
    );
  });
});
