import { connect } from 'node:net';

/** What Redis answers, simple types only. */
export type RedisReply = string | number | null | RedisReply[];

const REPLY_TIMEOUT_MS = 5_000;

/**
 * Sends commands to a Redis over a connection of their own and gives the last reply. It is not for the code
 * under test: it lets a test look at a server without the client library it is testing.
 *
 * The user, password and database of a `redis://` url are applied first.
 *
 * @throws Error with Redis's own words for an error reply, or when there is no answer within 5 seconds
 */
export async function redisCommand(
  url: string,
  ...commands: readonly (readonly string[])[]
): Promise<RedisReply> {
  const all = [...preparation(new URL(url)), ...commands];
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: port === '' ? 6379 : Number(port) });
  socket.setTimeout(REPLY_TIMEOUT_MS, () => socket.destroy(new Error(`${url} did not answer`)));
  socket.write(all.map(encode).join(''));
  let received = Buffer.alloc(0);
  try {
    for await (const chunk of socket) {
      received = Buffer.concat([received, chunk as Buffer]);
      const replies = decodeAll(received, all.length);
      if (replies !== undefined) return replies.at(-1) ?? null;
    }
  } finally {
    socket.destroy();
  }
  throw new Error(`${url} closed the connection before it answered`);
}

function preparation({ username, password, pathname }: URL): string[][] {
  const commands: string[][] = [];
  if (password !== '') {
    const credentials = [username, password].filter((part) => part !== '').map(decodeURIComponent);
    commands.push(['AUTH', ...credentials]);
  }
  if (pathname.length > 1) commands.push(['SELECT', pathname.slice(1)]);
  return commands;
}

/** RESP2, https://redis.io/docs/latest/develop/reference/protocol-spec/ */
function encode(command: readonly string[]): string {
  const parts = command.map((part) => `$${Buffer.byteLength(part)}\r\n${part}\r\n`);
  return `*${command.length}\r\n${parts.join('')}`;
}

function decodeAll(bytes: Buffer, count: number): RedisReply[] | undefined {
  const replies: RedisReply[] = [];
  for (let offset = 0; replies.length < count;) {
    const decoded = decode(bytes, offset);
    if (decoded === undefined) return undefined;
    replies.push(decoded.reply);
    offset = decoded.end;
  }
  return replies;
}

interface Decoded {
  readonly reply: RedisReply;
  readonly end: number;
}

/** One reply from `offset` on, or undefined when it is not complete. */
function decode(bytes: Buffer, offset: number): Decoded | undefined {
  const lineEnd = bytes.indexOf('\r\n', offset);
  if (lineEnd === -1) return undefined;
  const kind = bytes.toString('latin1', offset, offset + 1);
  const line = bytes.toString('utf8', offset + 1, lineEnd);
  const end = lineEnd + 2;
  if (kind === '+') return { reply: line, end };
  if (kind === ':') return { reply: Number(line), end };
  if (kind === '-') throw new Error(line);
  if (kind === '$') return decodeBulk(bytes, end, Number(line));
  if (kind === '*') return decodeArray(bytes, end, Number(line));
  throw new Error(`Not a RESP2 reply: ${kind}${line}`);
}

function decodeBulk(bytes: Buffer, start: number, length: number): Decoded | undefined {
  if (length === -1) return { reply: null, end: start };
  const end = start + length + 2;
  return bytes.length < end ? undefined : { reply: bytes.toString('utf8', start, start + length), end };
}

function decodeArray(bytes: Buffer, start: number, length: number): Decoded | undefined {
  if (length === -1) return { reply: null, end: start };
  const reply: RedisReply[] = [];
  let end = start;
  while (reply.length < length) {
    const decoded = decode(bytes, end);
    if (decoded === undefined) return undefined;
    reply.push(decoded.reply);
    end = decoded.end;
  }
  return { reply, end };
}
