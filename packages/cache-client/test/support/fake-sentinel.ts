import { createServer, type AddressInfo, type Socket } from 'node:net';

/** Answers like a Sentinel that watches one primary. */
export interface FakeSentinel extends AsyncDisposable {
  readonly port: number;
  primary: { readonly host: string; readonly port: number };
}

/** A Sentinel takes a binary of Redis in another mode, which is not there where Redis comes from a container. */
export async function startFakeSentinel(primary: FakeSentinel['primary']): Promise<FakeSentinel> {
  const sockets = new Set<Socket>();
  const sentinel = { primary };
  const server = createServer((socket) => {
    sockets.add(socket);
    let received = '';
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      received += chunk.toString();
      const { commands, rest } = parseCommands(received);
      received = rest;
      for (const command of commands) socket.write(answer(command, sentinel.primary));
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return Object.assign(sentinel, {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  });
}

function answer(command: readonly string[], { host, port }: FakeSentinel['primary']): string {
  const [verb, action] = command.map((word) => word.toLowerCase());
  if (verb === 'info') return '$10\r\n# Sentinel\r\n';
  if (verb !== 'sentinel') return `-ERR unknown command '${verb ?? ''}'\r\n`;
  if (action === 'sentinels') return '*0\r\n';
  return `*2\r\n$${host.length}\r\n${host}\r\n$${String(port).length}\r\n${port}\r\n`;
}

/** Commands arrive as `*<count>`, then `$<length>` and a word by turns, each on a line of its own. */
function parseCommands(text: string): { commands: string[][]; rest: string } {
  const commands: string[][] = [];
  let lines = text.split('\r\n');
  for (;;) {
    const count = Number(/^\*(\d+)$/.exec(lines[0] ?? '')?.[1] ?? Number.NaN);
    if (Number.isNaN(count) || lines.length < 2 * count + 2) return { commands, rest: lines.join('\r\n') };
    commands.push(Array.from({ length: count }, (_, i) => lines[2 * i + 2] ?? ''));
    lines = lines.slice(2 * count + 1);
  }
}
