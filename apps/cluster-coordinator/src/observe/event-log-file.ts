import { appendFile, mkdir, readFile, rename, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import type { LoggedEvent } from './event-log.ts';
import { voterChangeKinds } from './voter-changes.ts';

/** A longer file is put aside for a new one, so that two of this size are the most there is. */
const maxFileBytes = 512 * 1024;

const common = { number: Type.Integer(), at: Type.String() };
const nullableText = Type.Union([Type.String(), Type.Null()]);

export const loggedEventSchema = Type.Union([
  Type.Object({ ...common, type: Type.Union([Type.Literal('started'), Type.Literal('stopped')]) }),
  Type.Object({ ...common, type: Type.Literal('leader'), leaderId: nullableText, term: Type.Integer() }),
  Type.Object({
    ...common,
    type: Type.Literal('member'),
    change: Type.String(),
    id: Type.String(),
    host: Type.String(),
    port: Type.Integer(),
  }),
  Type.Object({
    ...common,
    type: Type.Literal('voters'),
    index: Type.Integer({ description: 'Place in the replicated log: 0 for the list a cluster begins with' }),
    changes: Type.Array(Type.Object({ id: Type.String(), change: Type.Enum([...voterChangeKinds]) }), {
      description: 'Against the event voters before; none in the first one',
    }),
    members: Type.Array(
      Type.Object({
        id: Type.String(),
        host: Type.String(),
        port: Type.Integer(),
        storageId: nullableText,
        voting: Type.Boolean({ description: 'False for a learner' }),
      }),
    ),
  }),
]);

/** The log of events on the disk: a line of JSON each, in two files that take turns. */
export class EventLogFile {
  readonly #path: string;
  readonly #oldPath: string;
  #bytes = 0;

  private constructor(folder: string) {
    this.#path = join(folder, 'events.jsonl');
    this.#oldPath = join(folder, 'events.old.jsonl');
  }

  /** @returns the file and what it holds; lines that a crash cut short are left out. @throws the system's error. */
  static async open(folder: string): Promise<{ file: EventLogFile; events: LoggedEvent[] }> {
    await mkdir(folder, { recursive: true });
    const file = new EventLogFile(folder);
    const events = [...(await readEvents(file.#oldPath)), ...(await readEvents(file.#path))];
    await file.#cutTornLine();
    return { file, events };
  }

  /** @throws the system's error. */
  async append(events: readonly LoggedEvent[]): Promise<void> {
    const text = events.map((event) => `${JSON.stringify(event)}\n`).join('');
    if (this.#bytes > maxFileBytes) {
      await rename(this.#path, this.#oldPath);
      this.#bytes = 0;
    }
    await appendFile(this.#path, text);
    this.#bytes += Buffer.byteLength(text);
  }

  /** What is written next must not become part of a line that was cut short. */
  async #cutTornLine(): Promise<void> {
    const bytes = await readFile(this.#path).catch(() => Buffer.alloc(0));
    this.#bytes = bytes.lastIndexOf('\n') + 1;
    if (this.#bytes < bytes.length) await truncate(this.#path, this.#bytes);
  }
}

async function readEvents(path: string): Promise<LoggedEvent[]> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return text.split('\n').flatMap((line) => {
    const value = parse(line);
    return Value.Check(loggedEventSchema, value) ? [value] : [];
  });
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
