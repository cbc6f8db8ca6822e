const KEPT_LINES = 40;

/** What node adds around an uncaught error: the source line, its marker, the stack and its version. */
const NODE_DECORATION = /^(\s+at .*|node:internal.*|file:.*:\d+|Node\.js v\d.*|\s*\^+\s*|\}|\s*)$/u;

/** An uncaught error's headline, such as `TypeError: x is not a function`. */
const ERROR_HEADLINE = /^(Uncaught )?[A-Za-z]*Error\b.*:/u;

/**
 * Remembers the end of what a child wrote, to tell afterwards why it ended. A service says
 * it in one sentence on standard error; node itself says it in the middle of a stack trace.
 */
export class LastWords {
  #error: string[] = [];
  #output = '';

  add(line: string, stream: 'stdout' | 'stderr'): void {
    if (stream === 'stdout') {
      this.#output = line;
      return;
    }
    this.#error.push(line);
    if (this.#error.length > KEPT_LINES) this.#error = this.#error.slice(-KEPT_LINES);
  }

  /** The line that says most, or an empty string when the child said nothing. */
  get text(): string {
    return (
      this.#error.findLast((line) => ERROR_HEADLINE.test(line)) ??
      this.#error.findLast((line) => !NODE_DECORATION.test(line)) ??
      this.#output
    );
  }
}
