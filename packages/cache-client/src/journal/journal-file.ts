import type { FileHandle } from 'node:fs/promises';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { JournalRecord } from './records.ts';

/** Appends lines to a file; lines that come while a write is under way go together with the next. */
export class JournalFile {
  readonly #handle: FileHandle;
  #lines = '';
  /** Resolves when the lines now gathering have been written. */
  #gathering: Promise<void> | undefined;
  #writing: Promise<void> = Promise.resolve();
  #sizeBytes = 0;

  private constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  /** Makes a file. @throws NodeJS.ErrnoException, `EEXIST` when it is there already. */
  static async create(path: string): Promise<JournalFile> {
    return new JournalFile(await open(path, 'ax', 0o600));
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Resolves when the system has the line, so that it survives the end of this process. */
  append(record: JournalRecord): Promise<void> {
    this.#lines += `${encode(record)}\n`;
    if (this.#gathering === undefined) {
      this.#gathering = this.#write();
      // Who does not wait for his line finds out with the next one.
      this.#gathering.catch(() => undefined);
    }
    return this.#gathering;
  }

  /** Makes what was appended survive a power failure. */
  async sync(): Promise<void> {
    await (this.#gathering ?? this.#writing);
    await this.#handle.datasync();
  }

  /** Writes what was appended; never rejects, since those who appended it have been told. */
  async close(): Promise<void> {
    await this.sync().catch(() => undefined);
    await this.#handle.close().catch(() => undefined);
  }

  async #write(): Promise<void> {
    const before = this.#writing;
    // After a failure the file may end in half a line, and nothing may follow it.
    await before;
    const lines = Buffer.from(this.#lines);
    this.#lines = '';
    this.#writing = this.#gathering ?? before;
    this.#gathering = undefined;
    await this.#handle.appendFile(lines);
    this.#sizeBytes += lines.length;
  }
}

/**
 * The records of a file in order. A line that was cut off at the end, as by a power failure, was never
 * acknowledged and is left out.
 *
 * @throws Error naming file and line for a broken line before the last.
 */
export async function* readJournal(path: string): AsyncGenerator<JournalRecord> {
  const lines = createInterface({ input: createReadStream(path, 'utf8'), crlfDelay: Infinity });
  let number = 0;
  let broken: number | undefined;
  for await (const line of lines) {
    number += 1;
    if (broken !== undefined)
      throw new Error(`${path} is damaged in line ${broken}; move it away to begin empty`);
    const record = parse(line);
    if (record === undefined) broken = number;
    else yield record;
  }
}

/** U+2028 and U+2029 are allowed in JSON, but end a line for the reader. */
function encode(record: JournalRecord): string {
  return JSON.stringify(record)
    .replaceAll('\u2028', String.raw`\u2028`)
    .replaceAll('\u2029', String.raw`\u2029`);
}

function parse(line: string): JournalRecord | undefined {
  try {
    return JSON.parse(line) as JournalRecord;
  } catch {
    return undefined;
  }
}
