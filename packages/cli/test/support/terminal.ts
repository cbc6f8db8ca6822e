import { execFile } from 'node:child_process';
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { eventually, startProcess, temporaryFolder, type ChildHandle } from '@hanok/testkit';

const run = promisify(execFile);
const patience = { timeoutMs: 60_000, intervalMs: 20 };

/** A shell command in a terminal of its own, made by script(1) of util-linux, as Node has none to give. */
export class Terminal implements AsyncDisposable {
  readonly #child: ChildHandle;
  readonly #keys: string;
  readonly #resources: AsyncDisposableStack;

  private constructor(child: ChildHandle, keys: string, resources: AsyncDisposableStack) {
    this.#child = child;
    this.#keys = keys;
    this.#resources = resources;
  }

  /** Starts it; the first line that it shows is the name of the terminal. */
  static async start(
    command: string,
    env: Readonly<Record<string, string>>,
    { columns, rows }: { readonly columns: number; readonly rows: number },
  ): Promise<Terminal> {
    await using resources = new AsyncDisposableStack();
    const folder = resources.use(temporaryFolder());
    const keys = join(folder.path, 'keys');
    await run('mkfifo', [keys]);
    const inside = `tty; stty columns ${columns} rows ${rows}; ${command}`;
    const child = resources.use(
      await startProcess({
        command: 'sh',
        // Open for both, so that there is never an end of what is typed.
        args: ['-c', 'exec script --quiet --command "$0" /dev/null <>"$1"', inside, keys],
        env: { TERM: 'xterm-256color', ...env },
        readyLine: /\/dev\/pts\/\d+/u,
      }),
    );
    return new Terminal(child, keys, resources.move());
  }

  /** All that it was sent, control sequences and all. */
  get output(): string {
    return this.#child.output();
  }

  async type(keys: string): Promise<void> {
    await appendFile(this.#keys, keys);
  }

  /** What a window manager does when somebody drags the corner. */
  async resize(columns: number, rows: number): Promise<void> {
    const device = /\/dev\/pts\/\d+/u.exec(this.output)?.[0] ?? '';
    await run('stty', ['--file', device, 'columns', String(columns), 'rows', String(rows)]);
  }

  /** Waits until what comes after a place in the output matches. @returns the place behind the match */
  async shows(pattern: RegExp, from = 0): Promise<number> {
    return eventually(() => {
      const match = pattern.exec(this.output.slice(from));
      if (match === null) throw new Error(`no ${pattern} in …${JSON.stringify(this.output.slice(-2_000))}`);
      return from + match.index + match[0].length;
    }, patience);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources.disposeAsync();
  }
}
