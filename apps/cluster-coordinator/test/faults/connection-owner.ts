import { readdir, readFile, readlink } from 'node:fs/promises';
import type { Socket } from 'node:net';

/** In the environment of a process of a network: which one it is. */
export const ownerVariable = 'LOOPBACK_NETWORK_HOST';

/** Tells which process of this machine opened a connection, by the kernel's tables. */
export class ConnectionOwners {
  readonly #prefix: string;
  /** By process id. To look through all processes takes long on a busy machine: it is done for new ones only. */
  readonly #names = new Map<string, string>();
  #search: Promise<void> | null = null;

  /** @param prefix of the values of `ownerVariable` that count. */
  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /** @returns its name in `ownerVariable`, without the prefix; null when it has none, or has ended. */
  async ownerOf({ remoteAddress, remotePort, localAddress, localPort }: Socket): Promise<string | null> {
    if (remoteAddress === undefined || localAddress === undefined) return null;
    const inode = await inodeOf(hexAddress(remoteAddress, remotePort), hexAddress(localAddress, localPort));
    if (inode === null) return null;
    // A search that is under way may have begun before the process did.
    for (let searches = 0; searches <= 2; searches += 1) {
      for (const [pid, name] of this.#names) if (await holds(pid, `socket:[${inode}]`)) return name;
      await (this.#search ??= this.#findProcesses().finally(() => (this.#search = null)));
    }
    return null;
  }

  async #findProcesses(): Promise<void> {
    for (const pid of await readdir('/proc')) {
      if (!/^\d+$/.test(pid) || this.#names.has(pid)) continue;
      const environment = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '');
      const start = `${ownerVariable}=${this.#prefix}`;
      const entry = environment.split('\0').find((each) => each.startsWith(start));
      if (entry !== undefined) this.#names.set(pid, entry.slice(start.length));
    }
  }
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

async function holds(pid: string, socket: string): Promise<boolean> {
  const folder = `/proc/${pid}/fd`;
  const files = await readdir(folder).catch(() => []);
  const links = await Promise.all(files.map((file) => readlink(`${folder}/${file}`).catch(() => '')));
  return links.includes(socket);
}
