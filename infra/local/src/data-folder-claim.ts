import { createHash } from 'node:crypto';
import { realpath, rm } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PreflightError } from './preflight-error.ts';

/** The right to be the only stack on a data folder; it ends with the process, however that ends. */
export interface DataFolderClaim {
  release(): Promise<void>;
}

/**
 * Claims the data folder for this process, because two stacks on one folder (with a port
 * offset) would corrupt the coordinators' logs. The claim is a listening local socket named after the
 * folder: unlike a file with a process id it cannot outlive its process or be mistaken for
 * another one that got the same id.
 *
 * @param dataDir an existing folder.
 * @throws PreflightError when another stack holds the folder.
 */
export async function claimDataFolder(dataDir: string): Promise<DataFolderClaim> {
  const path = socketPath(await realpath(dataDir));
  const server = (await listen(path)) ?? (await replaceDeadSocket(path));
  if (server === undefined) {
    throw new PreflightError(
      `Another stack is running on the data folder ${dataDir}; stop it or choose another with --data-dir PATH.`,
    );
  }
  server.unref();
  return { release: () => new Promise((resolve) => server.close(() => resolve())) };
}

function socketPath(folder: string): string {
  const id = createHash('sha256').update(folder).digest('hex').slice(0, 24);
  return process.platform === 'win32' ? `\\\\.\\pipe\\hanok-${id}` : join(tmpdir(), `hanok-${id}.sock`);
}

/** The listening server, or `undefined` when the socket exists already. */
function listen(path: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined);
      else reject(error);
    });
    server.listen(path, () => resolve(server));
  });
}

/** A socket nobody answers on was left by a process that was killed. */
async function replaceDeadSocket(path: string): Promise<Server | undefined> {
  if (await answers(path)) return undefined;
  await rm(path, { force: true });
  return listen(path);
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
