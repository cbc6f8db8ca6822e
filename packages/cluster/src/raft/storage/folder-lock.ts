import { createHash } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { Server } from 'node:net';
import { RaftStorageError } from './raft-storage.ts';

/**
 * Keeps two processes of one machine from writing to the same folder. The lock is a socket in Linux's abstract
 * namespace, which the kernel frees however the process ends, so that there is never a stale one to clean up. Elsewhere
 * there is no such thing, and no lock; nor does it reach across containers.
 *
 * @returns what frees it.
 * @throws RaftStorageError when another process holds it.
 */
export async function lockFolder(folder: string): Promise<() => void> {
  if (process.platform !== 'linux') return () => undefined;
  const name = createHash('sha256')
    .update(await realpath(folder))
    .digest('hex');
  const server = createServer();
  try {
    await listen(server, `\0hanok-raft-${name.slice(0, 32)}`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new RaftStorageError(`${folder}: is in use by another process`);
  }
  server.unref();
  return () => server.close();
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ path }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
