import type { Clock, Logger } from '@hanok/service-kit';
import type { AuditEntry, NewAuditEntry } from './audit-entry.ts';
import { openAuditFile, type AuditFile } from './audit-file.ts';

interface AuditLogOptions {
  readonly coordinator: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Entries kept for readers. */
const keptEntries = 2_000;
/** What `before` and `after` may take each; more is cut to a note. */
const maxValueBytes = 4_096;

/**
 * Who changed what, and when: the last 2,000 changes, on the disk before they are acknowledged. A disk that fails is
 * logged, and does not keep anyone from a change in an emergency.
 */
export class AuditLog {
  readonly #options: AuditLogOptions;
  readonly #file: AuditFile | null;
  #entries: AuditEntry[];
  #writing: Promise<void> = Promise.resolve();

  private constructor(options: AuditLogOptions, file: AuditFile | null, entries: AuditEntry[]) {
    this.#options = options;
    this.#file = file;
    this.#entries = entries.slice(-keptEntries);
  }

  /** @param folder null: kept in memory alone. */
  static async open(folder: string | null, options: AuditLogOptions): Promise<AuditLog> {
    if (folder === null) return new AuditLog(options, null, []);
    try {
      const { file, records } = await openAuditFile(folder);
      return new AuditLog(options, file, records);
    } catch (error) {
      options.logger.error({ err: error }, 'cannot open the audit log of the console: kept in memory alone');
      return new AuditLog(options, null, []);
    }
  }

  /** Resolves when it is written. */
  async record(entry: NewAuditEntry): Promise<void> {
    const { coordinator, clock, logger } = this.#options;
    const written: AuditEntry = {
      number: (this.#entries.at(-1)?.number ?? 0) + 1,
      at: new Date(clock.now()).toISOString(),
      coordinator,
      ...entry,
      before: bounded(entry.before),
      after: bounded(entry.after),
    };
    this.#entries.push(written);
    if (this.#entries.length > keptEntries) this.#entries = this.#entries.slice(-keptEntries);
    const { action, target, outcome, who } = written;
    logger.info({ action, target, outcome, who: who.name, role: who.role }, 'change through the console');
    this.#writing = this.#write(written, this.#writing);
    await this.#writing;
  }

  /** One after the other, in their order. */
  async #write(entry: AuditEntry, before: Promise<void>): Promise<void> {
    await before;
    try {
      await this.#file?.append([entry]);
    } catch (error) {
      this.#options.logger.error({ err: error, entry }, 'cannot write the audit log of the console');
    }
  }

  /** The newest first. */
  list(limit: number): AuditEntry[] {
    return this.#entries.slice(-limit).toReversed();
  }
}

function bounded(value: unknown): unknown {
  const text = JSON.stringify(value ?? null);
  return text.length <= maxValueBytes ? (value ?? null) : `${text.slice(0, maxValueBytes)}…`;
}
