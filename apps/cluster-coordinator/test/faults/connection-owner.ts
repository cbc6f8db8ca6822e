import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { Socket } from 'node:net';

/** In the environment of a process of a network: which one it is. */
export const ownerVariable = 'LOOPBACK_NETWORK_HOST';

/**
 * Tells which process of this machine opened a connection, by the kernel's tables. These are in memory: to read them at
 * once takes some milliseconds, and on a busy machine far less than to wait for a thread for each file.
 */
export class ConnectionOwners {
  readonly #prefix: string;
  /** By process id: who was found before need not be looked for. */
  readonly #names = new Map<string, string>();

  /** @param prefix of the values of `ownerVariable` that count. */
  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /** @returns its name in `ownerVariable`, without the prefix; null when it has none, or has ended. */
  ownerOf({ remoteAddress, remotePort, localAddress, localPort }: Socket): string | null {
    if (remoteAddress === undefined || localAddress === undefined) return null;
    const inode = inodeOf(hexAddress(remoteAddress, remotePort), hexAddress(localAddress, localPort));
    return inode === null ? null : (this.#holderOf(inode) ?? this.#newHolderOf(inode));
  }

  #newHolderOf(inode: string): string | null {
    this.#findProcesses();
    return this.#holderOf(inode);
  }

  #holderOf(inode: string): string | null {
    for (const [pid, name] of this.#names) {
      const sockets = socketsOf(pid);
      if (sockets === null) this.#names.delete(pid);
      else if (sockets.includes(`socket:[${inode}]`)) return name;
    }
    return null;
  }

  #findProcesses(): void {
    const start = `${ownerVariable}=${this.#prefix}`;
    for (const pid of readdirSync('/proc')) {
      if (!/^\d+$/.test(pid) || this.#names.has(pid)) continue;
      const environment = orNull(() => readFileSync(`/proc/${pid}/environ`, 'latin1')) ?? '';
      const entry = environment.split('\0').find((each) => each.startsWith(start));
      if (entry !== undefined) this.#names.set(pid, entry.slice(start.length));
    }
  }
}

function inodeOf(local: string, remote: string): string | null {
  const table = readFileSync('/proc/net/tcp', 'latin1');
  const at = table.indexOf(` ${local} ${remote} `);
  if (at < 0) return null;
  return table.slice(at, table.indexOf('\n', at)).trim().split(/\s+/)[8] ?? null;
}

/** What its files are; null when it has ended. */
function socketsOf(pid: string): string[] | null {
  const folder = `/proc/${pid}/fd`;
  const files = orNull(() => readdirSync(folder));
  return files?.map((file) => orNull(() => readlinkSync(`${folder}/${file}`)) ?? '') ?? null;
}

/** Null for what has gone meanwhile. */
function orNull<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}

/** As /proc/net/tcp writes it: the address's bytes in the machine's order, then the port. */
function hexAddress(address: string, port: number | undefined): string {
  const bytes = address.split('.').map(Number).toReversed();
  return `${Buffer.from(bytes).toString('hex')}:${(port ?? 0).toString(16).padStart(4, '0')}`.toUpperCase();
}
