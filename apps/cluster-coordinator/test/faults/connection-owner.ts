import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { Socket } from 'node:net';

/** In the environment of a process of a network: which one it is. */
export const ownerVariable = 'LOOPBACK_NETWORK_HOST';

interface Question {
  readonly local: string;
  readonly remote: string;
  readonly answer: (name: string | null) => void;
}

/**
 * Tells which process of this machine opened a connection, by the kernel's tables. These are in memory, so they are read
 * at once, for all connections that wait: on a busy machine they are long, and to wait for a thread takes longer.
 */
export class ConnectionOwners {
  readonly #prefix: string;
  /** By process id: who was found before need not be looked for. */
  readonly #names = new Map<string, string>();
  #questions: Question[] = [];

  /** @param prefix of the values of `ownerVariable` that count. */
  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /** @returns its name in `ownerVariable`, without the prefix; null when it has none, or has ended. */
  ownerOf({ remoteAddress = '', remotePort, localAddress = '', localPort }: Socket): Promise<string | null> {
    return new Promise((answer) => {
      if (this.#questions.length === 0) setImmediate(() => this.#answerAll());
      const [local, remote] = [hexAddress(remoteAddress, remotePort), hexAddress(localAddress, localPort)];
      this.#questions.push({ local, remote, answer });
    });
  }

  #answerAll(): void {
    const questions = this.#questions;
    this.#questions = [];
    const table = readFileSync('/proc/net/tcp', 'latin1');
    const sockets = questions.map(({ local, remote }) => socketOf(table, local, remote));
    let holders = this.#holders();
    if (sockets.some((socket) => socket !== null && !holders.has(socket))) {
      this.#findProcesses();
      holders = this.#holders();
    }
    for (const [index, { answer }] of questions.entries()) answer(holders.get(sockets[index] ?? '') ?? null);
  }

  /** Who holds each socket, as far as the processes are known. */
  #holders(): Map<string, string> {
    const holders = new Map<string, string>();
    for (const [pid, name] of this.#names) {
      const folder = `/proc/${pid}/fd`;
      const files = orNull(() => readdirSync(folder));
      if (files === null) this.#names.delete(pid);
      for (const file of files ?? [])
        holders.set(orNull(() => readlinkSync(`${folder}/${file}`)) ?? '', name);
    }
    return holders;
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

/** The socket as a process's list of files has it; null when the connection is over. */
function socketOf(table: string, local: string, remote: string): string | null {
  const at = table.indexOf(` ${local} ${remote} `);
  if (at < 0) return null;
  const inode = table.slice(at, table.indexOf('\n', at)).trim().split(/\s+/)[8];
  return inode === undefined ? null : `socket:[${inode}]`;
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
