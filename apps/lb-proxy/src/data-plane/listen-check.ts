import { once } from 'node:events';
import { createServer } from 'node:net';
import { ListenError } from './listen-error.ts';

/**
 * Whether several threads can listen on one port here (SO_REUSEPORT: Linux, FreeBSD, Solaris and others, not
 * macOS or Windows).
 */
export async function canSharePorts(): Promise<boolean> {
  try {
    await tryListen({ host: '127.0.0.1', port: 0, reusePort: true });
    return true;
  } catch {
    return false;
  }
}

/**
 * Makes sure nobody else listens on the address. The workers could not tell: sharing a port, they would
 * silently share it with another process of the same user, too.
 * @throws ListenError when it is in use or not allowed
 */
export async function checkAddressIsFree(host: string, port: number): Promise<void> {
  try {
    await tryListen({ host, port });
  } catch (error) {
    const { code = 'ERROR', message } = error as NodeJS.ErrnoException;
    throw new ListenError(code, { host, port }, message);
  }
}

async function tryListen(options: { host: string; port: number; reusePort?: boolean }): Promise<void> {
  const server = createServer();
  server.listen(options);
  await once(server, 'listening');
  server.close();
  await once(server, 'close');
}
