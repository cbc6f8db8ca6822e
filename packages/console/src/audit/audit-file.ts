import { appendFile, mkdir, readFile, rename, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import type { AuditEntry } from './audit-entry.ts';

/** A longer file is put aside for a new one, so that two of this size are the most there is. */
const maxFileBytes = 4 * 1_024 * 1_024;

export const auditEntrySchema = Type.Object({
  number: Type.Integer(),
  at: Type.String(),
  coordinator: Type.String(),
  who: Type.Object({ name: Type.String(), role: Type.String(), address: Type.String() }),
  action: Type.String(),
  target: Type.String(),
  before: Type.Unknown(),
  after: Type.Unknown(),
  outcome: Type.Union([Type.Literal('done'), Type.Literal('failed')]),
  detail: Type.String(),
});

/** The audit log on the disk: a line of JSON each, in two files that take turns. */
export class AuditFile {
  readonly #path: string;
  readonly #oldPath: string;
  #sizeBytes = 0;

  private constructor(folder: string) {
    this.#path = join(folder, 'console-audit.jsonl');
    this.#oldPath = join(folder, 'console-audit.old.jsonl');
  }

  /** @returns the file and what it holds; a line that a crash cut short is left out. @throws the system's error. */
  static async open(folder: string): Promise<{ file: AuditFile; entries: AuditEntry[] }> {
    await mkdir(folder, { recursive: true });
    const file = new AuditFile(folder);
    const entries = [...(await readEntries(file.#oldPath)), ...(await readEntries(file.#path))];
    await file.#cutTornLine();
    return { file, entries };
  }

  /** @throws the system's error. */
  async append(entry: AuditEntry): Promise<void> {
    const line = `${JSON.stringify(entry)}\n`;
    if (this.#sizeBytes > maxFileBytes) {
      await rename(this.#path, this.#oldPath);
      this.#sizeBytes = 0;
    }
    await appendFile(this.#path, line, { flush: true, mode: 0o600 });
    this.#sizeBytes += Buffer.byteLength(line);
  }

  /** What is written next must not become part of a line that was cut short. */
  async #cutTornLine(): Promise<void> {
    const bytes = await readFile(this.#path).catch(() => Buffer.alloc(0));
    this.#sizeBytes = bytes.lastIndexOf('\n') + 1;
    if (this.#sizeBytes < bytes.length) await truncate(this.#path, this.#sizeBytes);
  }
}

async function readEntries(path: string): Promise<AuditEntry[]> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return text.split('\n').flatMap((line) => {
    const value = parse(line);
    return Value.Check(auditEntrySchema, value) ? [value] : [];
  });
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
