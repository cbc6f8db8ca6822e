import { pino, type DestinationStream } from 'pino';

/** Lines from this level on are written at once: whoever reads them may need the last one before a crash. */
const AT_ONCE = pino.levels.values['info'] ?? 30;
/** Held back at most, characters. */
const MAX_HELD = 65_536;

/**
 * Where log lines go. Lines below `info` wait for the end of the turn of the event loop and are written
 * together, because a system call for each would cost a busy server more than the line itself; the order of all lines
 * is kept. A process that is killed loses those of its last turn.
 */
export class LogStream implements DestinationStream {
  /** Makes pino set `lastLevel` before each write. */
  readonly [pino.symbols.needsMetadataGsym] = true;
  lastLevel = AT_ONCE;
  readonly #output: DestinationStream;
  #held = '';
  #waiting = false;

  constructor(output: DestinationStream) {
    this.#output = output;
  }

  write(line: string): void {
    this.#held += line;
    if (this.lastLevel >= AT_ONCE || this.#held.length > MAX_HELD) {
      this.flush();
    } else if (!this.#waiting) {
      this.#waiting = true;
      setImmediate(() => {
        this.#waiting = false;
        this.flush();
      });
    }
  }

  flush(): void {
    if (this.#held === '') return;
    const lines = this.#held;
    this.#held = '';
    this.#output.write(lines);
  }
}

let standardOutput: LogStream | undefined;

/** The one for standard output, which holds nothing back from the end of the process. */
export function standardLogStream(): LogStream {
  if (standardOutput === undefined) {
    const stream = new LogStream(pino.destination({ dest: 1, sync: true }));
    process.once('exit', () => stream.flush());
    standardOutput = stream;
  }
  return standardOutput;
}
