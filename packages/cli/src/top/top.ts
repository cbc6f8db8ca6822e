import { defineCommand, type Screen } from '../command.ts';
import { renderFrame } from './frame.ts';
import { takeSample, type StackSample } from './sample.ts';

/** The alternate screen, as pagers use it: what stood in the terminal is back afterwards. */
const enterScreen = '\u001B[?1049h\u001B[?25l';
const leaveScreen = '\u001B[?25h\u001B[?1049l';
const home = '\u001B[H';
const clearToEndOfLine = '\u001B[K';
const clearBelow = '\u001B[J';

/** Where there is no terminal, lines need not be cut. */
const unbounded = { columns: 1_000, rows: 10_000 };

/** `hanok top` */
export const topCommand = defineCommand({
  name: 'top',
  summary: 'the stack, live: traffic, backends, latency, services, members',
  details:
    'q or Ctrl-C ends it. Into a file or a pipe it prints one frame after the other, as often as --count says;\n' +
    'with --json one document a line.',
  options: {
    interval: { kind: 'duration', min: 100, max: 3_600_000, summary: 'time between two frames (default 1s)' },
    count: {
      kind: 'integer',
      min: 1,
      summary: 'frames until it ends (default: none does; 1 without a terminal)',
    },
  },
  examples: [
    ['top', 'until q is pressed'],
    ['top --interval 5s --count 12 --json', 'a minute of figures, for a script'],
  ],
  async run({ stack, options, json, screen, paint, clock, signal }) {
    const intervalMs = options.interval ?? 1_000;
    const isLive = screen.isTerminal && !json;
    const count = options.count ?? (screen.isTerminal ? Number.POSITIVE_INFINITY : 1);
    const quit = new AbortController();
    const ended = AbortSignal.any([signal, quit.signal]);
    if (isLive) {
      screen.onKey((key) => {
        if (key === 'q' || key === 'Q') quit.abort();
      }, ended);
      screen.write(enterScreen);
    }
    let previous: StackSample | undefined;
    try {
      for (let frame = 1; !ended.aborted; frame++) {
        const sample = await takeSample(stack, clock.monotonicMs(), ended);
        const size = isLive ? screen.size() : unbounded;
        draw(
          screen,
          json ? [JSON.stringify(sample)] : renderFrame({ sample, previous, ...size, paint }),
          isLive,
        );
        previous = sample;
        if (frame >= count) break;
        await clock.sleep(intervalMs, ended);
      }
    } catch (error) {
      if (!quit.signal.aborted) throw error;
    } finally {
      if (isLive) screen.write(leaveScreen);
    }
    return { value: undefined, text: '' };
  },
});

/** Draws over the frame before, line by line, so that nothing flickers. */
function draw(screen: Screen, lines: readonly string[], isLive: boolean): void {
  screen.write(
    isLive
      ? home + lines.map((line) => line + clearToEndOfLine).join('\r\n') + clearBelow
      : `${lines.join('\n')}\n`,
  );
}
