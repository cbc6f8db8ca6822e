import { StringDecoder } from 'node:string_decoder';

/** Longest line passed on in one piece, in UTF-16 units; a longer one is cut into several. */
export const MAX_LINE_LENGTH = 16_384;

/**
 * Cuts a stream of bytes into lines. Holds at most `MAX_LINE_LENGTH` of an unfinished
 * line, so a child that never writes a newline cannot fill the memory.
 */
export class LineSplitter {
  readonly #onLine: (line: string) => void;
  readonly #decoder = new StringDecoder('utf8');
  #rest = '';

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  push(bytes: Buffer): void {
    const lines = (this.#rest + this.#decoder.write(bytes)).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#emit(line);
    while (this.#rest.length > MAX_LINE_LENGTH) {
      this.#onLine(this.#rest.slice(0, MAX_LINE_LENGTH));
      this.#rest = this.#rest.slice(MAX_LINE_LENGTH);
    }
  }

  /** Passes on what came after the last newline. */
  end(): void {
    this.#rest += this.#decoder.end();
    if (this.#rest !== '') this.#emit(this.#rest);
    this.#rest = '';
  }

  #emit(line: string): void {
    const text = line.endsWith('\r') ? line.slice(0, -1) : line;
    for (let start = 0; start === 0 || start < text.length; start += MAX_LINE_LENGTH) {
      this.#onLine(text.slice(start, start + MAX_LINE_LENGTH));
    }
  }
}
