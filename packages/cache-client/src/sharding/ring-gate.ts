import { createHash } from 'node:crypto';
import { CacheError } from '../errors.ts';
import type { Reply } from '../store/operation.ts';
import { formatRecord, judge, parseRecord, type RingLists, type RingRecord } from './ring.ts';

/** Sends one command to one server, whether that was admitted or not. @throws CacheError */
export type SendRaw = (command: readonly [string, ...string[]]) => Promise<Reply>;

/** Replaces the record only if it is as it was read. Arguments: what was read or '', the new record. */
const replaceLua = `
local held = redis.call('GET', KEYS[1]) or ''
if held ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2])
return 1`;

const refusals = {
  outdated: 'this process has a list of Redis servers that is out of use: restart it with the new CACHE_URL',
  early: 'keys are still being moved from the servers of the previous list: add ?previous= to CACHE_URL',
  foreign: 'this Redis belongs to another list of servers than CACHE_URL has',
} as const;

/**
 * Lets a process use a server only with a list of servers that fits what the server has written down. It is asked
 * each time a connection was made, before anything else is sent on it: so whoever cuts the connections of a
 * process after a change of the record knows that it uses the server no more.
 */
export class RingGate {
  readonly lists: RingLists;
  readonly key: string;
  readonly #scope: string;
  readonly #servers = new Map<string, SendRaw>();
  readonly #records = new Map<string, RingRecord>();

  /** `key` is that of the record, prefix included; `database` its database. */
  constructor(lists: RingLists, key: string, database: number) {
    this.lists = lists;
    this.key = key;
    this.#scope = createHash('sha256').update(`${database} ${key}`).digest('base64url').slice(0, 8);
  }

  /** What connections are called, so that others see who uses which list. */
  get connectionName(): string {
    const { current, previous = '' } = this.lists;
    return `${this.connectionFamily}${current}<${previous}`;
  }

  /** The beginning of the names of all connections that use the same keys, with whatever list. */
  get connectionFamily(): string {
    return `hanok:${this.#scope}:`;
  }

  /** Before its first connection. */
  add(server: string, send: SendRaw): void {
    this.#servers.set(server, send);
  }

  /** True when keys that leave the server have left it, or are fetched from it before they are used. */
  hasBegun(server: string): boolean {
    const state = this.#records.get(server)?.state;
    return state === 'moving' || state === 'done';
  }

  /** @throws CacheError `denied` when the list does not fit; others when the server cannot be asked. */
  async admit(server: string): Promise<void> {
    for (;;) {
      const record = await this.read(server);
      const verdict = judge(this.lists, record);
      if (verdict === 'admitted') {
        if (record !== undefined) this.#records.set(server, record);
        return;
      }
      if (verdict !== 'to be prepared') throw new CacheError('denied', refusals[verdict]);
      await this.#prepare(server, record);
    }
  }

  /** What the server has written down. @throws CacheError */
  async read(server: string): Promise<RingRecord | undefined> {
    const held = await this.#sender(server)(['GET', this.key]);
    return typeof held === 'string' ? parseRecord(held) : undefined;
  }

  /** Replaces what was read. False when it was replaced by another meanwhile. @throws CacheError */
  async write(server: string, read: RingRecord | undefined, state: RingRecord['state']): Promise<boolean> {
    const { current, previous = '' } = this.lists;
    const record: RingRecord = { state, current, previous };
    const before = read === undefined ? '' : formatRecord(read);
    const replaced = await this.#sender(server)([
      'EVAL',
      replaceLua,
      '1',
      this.key,
      before,
      formatRecord(record),
    ]);
    if (replaced === 1) this.#records.set(server, record);
    return replaced === 1;
  }

  /**
   * Writes the change down where it is not known. A server that came back empty must not begin anew while the
   * others are past that, so all are asked.
   */
  async #prepare(server: string, read: RingRecord | undefined): Promise<void> {
    const others = await Promise.all(
      [...this.#servers.keys()].filter((other) => other !== server).map((other) => this.read(other)),
    );
    const hasBegun = others.some(
      (record) =>
        record?.current === this.lists.current &&
        record.previous === this.lists.previous &&
        (record.state === 'moving' || record.state === 'done'),
    );
    await this.write(server, read, hasBegun ? 'moving' : 'prepared');
  }

  #sender(server: string): SendRaw {
    const send = this.#servers.get(server);
    if (send === undefined) throw new CacheError('invalid', `there is no server ${server}`);
    return send;
  }
}

/** What precedes an operation on a key that will leave its server: it must not have left yet. */
export function guardLua(gate: RingGate): string {
  const { current, previous = '' } = gate.lists;
  const owns = (state: 'prepared' | 'fencing') => `'${formatRecord({ state, current, previous })}'`;
  return `
local ring = redis.call('GET', '${gate.key.replaceAll(/['\\]/g, String.raw`\$&`).replaceAll('\n', String.raw`\n`)}')
if ring ~= ${owns('prepared')} and ring ~= ${owns('fencing')} then
  return redis.error_reply('RINGCHANGED keys have left this server')
end
`;
}

/** True when a guarded operation found that its key may have left the server; it was not carried out. */
export function isRingChanged(error: unknown): boolean {
  return (
    error instanceof CacheError &&
    error.cause instanceof Error &&
    error.cause.message.startsWith('RINGCHANGED')
  );
}
