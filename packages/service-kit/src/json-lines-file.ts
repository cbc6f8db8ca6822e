import { appendFile, mkdir, readFile, rename, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import type { Static, TSchema } from 'typebox';
import { Value } from 'typebox/value';

export interface JsonLinesOptions<S extends TSchema> {
  /** Made when it is not there. */
  readonly folder: string;
  /** Of the files, without an ending: `events` is kept in `events.jsonl` and `events.old.jsonl`. */
  readonly name: string;
  /** What does not keep to it is left out when the files are read. */
  readonly schema: S;
  /** A longer file is put aside for a new one, so that two of this size are the most there is. */
  readonly maxFileBytes: number;
  /** Whether `append` waits until the disk has it. Default: as soon as the system has it. */
  readonly flush?: boolean;
}

/** Records kept over restarts: a line of JSON each, in two files that take turns, readable by their owner alone. */
export class JsonLinesFile<S extends TSchema> {
  readonly #options: JsonLinesOptions<S>;
  readonly #path: string;
  readonly #oldPath: string;
  #sizeBytes = 0;

  private constructor(options: JsonLinesOptions<S>) {
    this.#options = options;
    this.#path = join(options.folder, `${options.name}.jsonl`);
    this.#oldPath = join(options.folder, `${options.name}.old.jsonl`);
  }

  /** @returns the file and what it holds, the oldest first; a line that a crash cut short is left out. @throws the system's error. */
  static async open<S extends TSchema>(
    options: JsonLinesOptions<S>,
  ): Promise<{ file: JsonLinesFile<S>; records: Static<S>[] }> {
    await mkdir(options.folder, { recursive: true });
    const file = new JsonLinesFile(options);
    const records = [...(await file.#read(file.#oldPath)), ...(await file.#read(file.#path))];
    await file.#cutTornLine();
    return { file, records };
  }

  /** Call it again only when it has ended. @throws the system's error. */
  async append(records: readonly Static<S>[]): Promise<void> {
    const { maxFileBytes, flush = false } = this.#options;
    const text = records.map((record) => `${JSON.stringify(record)}\n`).join('');
    if (this.#sizeBytes > maxFileBytes) {
      await rename(this.#path, this.#oldPath);
      this.#sizeBytes = 0;
    }
    await appendFile(this.#path, text, { flush, mode: 0o600 });
    this.#sizeBytes += Buffer.byteLength(text);
  }

  /** What is written next must not become part of a line that was cut short. */
  async #cutTornLine(): Promise<void> {
    const bytes = await readFile(this.#path).catch(() => Buffer.alloc(0));
    this.#sizeBytes = bytes.lastIndexOf('\n') + 1;
    if (this.#sizeBytes < bytes.length) await truncate(this.#path, this.#sizeBytes);
  }

  async #read(path: string): Promise<Static<S>[]> {
    const text = await readFile(path, 'utf8').catch(() => '');
    return text.split('\n').flatMap((line) => {
      const value = parse(line);
      return Value.Check(this.#options.schema, value) ? [value] : [];
    });
  }
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
