/** Where progress is shown. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** Shows how far one phase is. */
export interface Progress {
  /** One more step is done. */
  step(): void;
  /** The phase is over. */
  end(): void;
}

const REDRAW_EVERY_MS = 80;
const BAR_WIDTH = 30;

/**
 * Shows a phase of `total` steps: on a terminal as a bar that is redrawn at most every 80 ms, elsewhere (a file,
 * CI) as one line when it is over.
 */
export function startProgress(
  stream: ProgressStream,
  title: string,
  total: number,
  monotonicMs: () => number,
): Progress {
  const startedAtMs = monotonicMs();
  let done = 0;
  let drawnAtMs = -Infinity;
  const elapsed = (): string => `${((monotonicMs() - startedAtMs) / 1_000).toFixed(1)} s`;
  const draw = (): void => {
    drawnAtMs = monotonicMs();
    stream.write(
      `\r${title.padEnd(24)} ${bar(total === 0 ? 1 : done / total)} ${done}/${total}  ${elapsed()}\u001b[K`,
    );
  };
  if (stream.isTTY === true) draw();
  return {
    step() {
      done += 1;
      if (stream.isTTY === true && monotonicMs() - drawnAtMs >= REDRAW_EVERY_MS) draw();
    },
    end() {
      if (stream.isTTY === true) {
        draw();
        stream.write('\n');
      } else {
        stream.write(`${title.padEnd(24)} ${done}/${total}  ${elapsed()}\n`);
      }
    },
  };
}

function bar(share: number): string {
  const filled = Math.round(Math.min(1, share) * BAR_WIDTH);
  return '█'.repeat(filled) + '░'.repeat(BAR_WIDTH - filled);
}
