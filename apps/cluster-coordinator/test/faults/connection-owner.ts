import { readdir, readFile, readlink } from 'node:fs/promises';
import type { Socket } from 'node:net';

/** In the environment of a process of a network: which one it is. */
export const ownerVariable = 'LOOPBACK_NETWORK_HOST';

/**
 * Which process of this machine opened a connection, by the kernel's tables.
 *
 * @returns its name in `ownerVariable`, without the prefix; null when it has none of that prefix, or has ended.
 */
export async function ownerOfConnection(
  { remoteAddress, remotePort, localAddress, localPort }: Socket,
  prefix: string,
): Promise<string | null> {
  if (remoteAddress === undefined || localAddress === undefined) return null;
  const inode = await inodeOf(hexAddress(remoteAddress, remotePort), hexAddress(localAddress, localPort));
  if (inode === null) return null;
  for (const pid of await readdir('/proc')) {
    const name = /^\d+$/.test(pid) ? await nameOf(pid, prefix) : null;
    if (name !== null && (await holds(pid, `socket:[${inode}]`))) return name;
  }
  return null;
}

async function inodeOf(local: string, remote: string): Promise<string | null> {
  const table = await readFile('/proc/net/tcp', 'latin1');
  for (const line of table.split('\n')) {
    const fields = line.trim().split(/\s+/);
    if (fields[1] === local && fields[2] === remote) return fields[9] ?? null;
  }
  return null;
}

/** As /proc/net/tcp writes it: the address's bytes in the machine's order, then the port. */
function hexAddress(address: string, port: number | undefined): string {
  const bytes = address.split('.').map(Number).toReversed();
  return `${Buffer.from(bytes).toString('hex')}:${(port ?? 0).toString(16).padStart(4, '0')}`.toUpperCase();
}

async function nameOf(pid: string, prefix: string): Promise<string | null> {
  const environment = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '');
  const start = `${ownerVariable}=${prefix}`;
  const entry = environment.split('\0').find((each) => each.startsWith(start));
  return entry?.slice(start.length) ?? null;
}

async function holds(pid: string, socket: string): Promise<boolean> {
  const folder = `/proc/${pid}/fd`;
  const files = await readdir(folder).catch(() => []);
  const links = await Promise.all(files.map((file) => readlink(`${folder}/${file}`).catch(() => '')));
  return links.includes(socket);
}
