import { Socket, type OnReadOpts, type SocketConstructorOpts } from 'node:net';

interface HandleOwner {
  _handle?: object | null;
}

interface SocketOptionsWithHandle {
  readonly handle: object;
  readonly onread: OnReadOpts;
  readonly allowHalfOpen: true;
}

/**
 * Moves an accepted, paused socket over to one that reads into a buffer of ours (`onread`).
 *
 * `net.connect` takes `onread`, but a server has no such option for the sockets it accepts, and a plain one
 * allocates 64 KiB for each read. The socket's handle is therefore given to a new Socket. This is the only
 * use of a member that Node does not document; where it is missing, `undefined` is returned and the caller
 * reads the plain way.
 */
export function adoptSocket(accepted: Socket, onread: OnReadOpts): Socket | undefined {
  const owner = accepted as unknown as HandleOwner;
  const handle = owner._handle;
  if (handle === undefined || handle === null) return undefined;
  const options: SocketOptionsWithHandle = { handle, onread, allowHalfOpen: true };
  const socket = new Socket(options as SocketConstructorOpts);
  owner._handle = null;
  accepted.destroy();
  return socket;
}
