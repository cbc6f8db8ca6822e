import { eventually, seededRng, temporaryFolder } from '@hanok/testkit';
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { problemOf } from '../support/answers.ts';
import { startService } from '../support/service-process.ts';
import { MixedWrites } from './mixed-writes.ts';

const DISK_MIB = 32;
/** Left for the database when the rest of the disk is filled. */
const LEFT_BYTES = 400 * 1_024;

/** Mounting needs root; others are let through by sudo, or the test says so. */
function asRoot(command: string, ...args: readonly string[]): void {
  const isRoot = process.getuid?.() === 0;
  execFileSync(isRoot ? command : 'sudo', isRoot ? args : ['-n', command, ...args], { stdio: 'pipe' });
}

/** A small disk of its own, in memory. */
function mountDisk(folder: string): AsyncDisposable & { readonly path: string; fill(): void; free(): void } {
  const path = join(folder, 'disk');
  mkdirSync(path);
  asRoot('mount', '-t', 'tmpfs', '-o', `size=${DISK_MIB}m,mode=777`, 'tmpfs', path);
  const filler = join(path, 'filler');
  return {
    path,
    fill() {
      const { bavail, bsize } = statfsSync(path);
      writeFileSync(filler, Buffer.alloc(Math.max(0, bavail * bsize - LEFT_BYTES)));
    },
    free: () => rmSync(filler, { force: true }),
    [Symbol.asyncDispose]: async () => asRoot('umount', path),
  };
}

it('says 507 on a full disk, loses nothing acknowledged, and goes on by itself when there is room', async () => {
  await using folder = temporaryFolder();
  await using disk = mountDisk(folder.path);
  const settings = { DATABASE_URL: `sqlite:${disk.path}/hanok.db`, CACHE_URL: 'memory:', LOG_LEVEL: 'fatal' };
  const first = await startService(settings);
  const writes = new MixedWrites(seededRng('full disk'));
  await writes.begin(first.url);
  const path = '/v1/players/1/data';
  let stored = 0;
  /** Stores ever new documents until the disk takes no more. */
  const writeUntilFull = async () => {
    disk.fill();
    for (let n = stored + 1; n < stored + 5_000; n += 1) {
      const reply = await first.send('PUT', path, { body: { n, filler: 'x'.repeat(15_000) } });
      if (reply.status === 507) return problemOf(reply);
      expect([200, 503]).toContain(reply.status);
      if (reply.status === 200) stored = n;
    }
    throw new Error('the disk never got full');
  };

  // In the middle of the load; its clients are refused, and served by themselves once there is room.
  await writes.runUntil(first.url, async () => {
    expect(await writeUntilFull()).toMatchObject({ code: 'insufficient_storage', retryable: false });
    expect((await first.send('GET', '/v1/players/1')).status, 'reads go on').toBe(200);
    disk.free();
    const before = writes.acknowledged;
    await eventually(() => expect(writes.acknowledged).toBeGreaterThan(before + 20), { timeoutMs: 30_000 });
  });
  await writes.prove(first.url);

  // Once more, and the process dies on the full disk.
  await writes.runUntil(first.url, async () => {
    await writeUntilFull();
    first.child.kill('SIGKILL');
    await first.child.exited;
  });
  disk.free();
  await using second = await startService(settings);
  await writes.prove(second.url);
  await writes.proveReplays(second.url);
  expect((await second.send('GET', path)).body).toMatchObject({ n: stored });
}, 180_000);
