import { once } from 'node:events';
import { renameSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { ConfigError } from '@hanok/service-kit';
import { checkSocketPath, MAKING } from './socket-path.ts';
import { StreamChannel } from './stream-channel.ts';
import type { UpgradePlatform } from './upgrade-platform.ts';

/** The shortest of the systems that have Unix sockets (macOS, BSD). */
const MAX_PATH_BYTES = 103;
const PIPE = '\\\\.\\pipe\\';
const NOBODY_LISTENS: ReadonlySet<string> = new Set(['ENOENT', 'ECONNREFUSED']);

/** Wherever Node runs: the two processes talk, but no socket can be handed over. */
export const portablePlatform: UpgradePlatform = {
  movesSockets: false,
  checkPath(path) {
    if (process.platform !== 'win32') return checkSocketPath(path, MAX_PATH_BYTES);
    if (!path.startsWith(PIPE)) throw new ConfigError([`UPGRADE_SOCKET must begin with ${PIPE} on Windows`]);
    return path;
  },
  async connect(path) {
    const socket = connect(path);
    try {
      await once(socket, 'connect');
    } catch (error) {
      if (NOBODY_LISTENS.has((error as NodeJS.ErrnoException).code ?? '')) return undefined;
      throw error;
    }
    return new StreamChannel(socket);
  },
  async listen(path) {
    const arrived: Socket[] = [];
    const server = createServer((socket) => arrived.push(socket));
    const isPipe = path.startsWith(PIPE);
    const making = isPipe ? path : path + MAKING;
    if (!isPipe) rmSync(making, { force: true });
    server.listen(making);
    await once(server, 'listening');
    if (!isPipe) renameSync(making, path);
    return {
      accept: () => {
        const socket = arrived.shift();
        return socket === undefined ? undefined : new StreamChannel(socket);
      },
      close: () => {
        server.close();
        for (const socket of arrived.splice(0)) socket.destroy();
      },
    };
  },
};
