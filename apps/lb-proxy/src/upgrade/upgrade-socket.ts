import { renameSync, rmSync } from 'node:fs';
import { errorName, linux, systemError, type Libc } from '../relay/linux/libc.ts';
import { MAKING } from './socket-path.ts';

/** Longest path of a Unix socket, `sun_path` without its closing zero. */
export const MAX_PATH_BYTES = 107;
const BACKLOG = 4;
const KIND = linux.SOCK_SEQPACKET | linux.SOCK_NONBLOCK | linux.SOCK_CLOEXEC;

/**
 * Connects to the process that listens there; undefined when there is none.
 * @throws the system's error
 */
export function connectTo(libc: Libc, path: string): number | undefined {
  const fd = open(libc);
  const address = addressOf(path);
  if (libc.connect(fd, address, address.length) === 0) return fd;
  const errno = libc.errno();
  libc.close(fd);
  if (['ENOENT', 'ECONNREFUSED'].includes(errorName(errno))) return undefined;
  throw systemError(errno, 'connect');
}

/**
 * Listens there instead of whoever did; at no moment is the path without a socket.
 * @throws the system's error
 */
export function listenAt(libc: Libc, path: string): number {
  const making = path + MAKING;
  rmSync(making, { force: true });
  const fd = open(libc);
  const address = addressOf(making);
  if (libc.bind(fd, address, address.length) < 0 || libc.listen(fd, BACKLOG) < 0) {
    const errno = libc.errno();
    libc.close(fd);
    throw systemError(errno, 'listen');
  }
  renameSync(making, path);
  return fd;
}

/** The next process that has connected, if one has. */
export function acceptFrom(libc: Libc, listener: number): number | undefined {
  const address = new Uint8Array(MAX_PATH_BYTES + 3);
  const flags = linux.SOCK_NONBLOCK | linux.SOCK_CLOEXEC;
  const fd = libc.accept4(listener, address, Int32Array.of(address.length), flags);
  return fd < 0 ? undefined : fd;
}

function open(libc: Libc): number {
  const fd = libc.socket(linux.AF_UNIX, KIND, 0);
  if (fd < 0) throw systemError(libc.errno(), 'socket');
  return fd;
}

/** `struct sockaddr_un`. */
function addressOf(path: string): Uint8Array {
  const name = Buffer.from(path);
  const address = new Uint8Array(2 + name.length + 1);
  new DataView(address.buffer).setUint16(0, linux.AF_UNIX, true);
  address.set(name, 2);
  return address;
}
