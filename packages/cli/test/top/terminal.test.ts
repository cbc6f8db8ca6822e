import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSmallStack, type SmallStack } from '../support/small-stack.ts';
import { Terminal } from '../support/terminal.ts';

const program = fileURLToPath(new URL('../../bin/hanok.mjs', import.meta.url));
const enterScreen = '\u001B[?1049h\u001B[?25l';
const leaveScreen = '\u001B[?25h\u001B[?1049l';
const home = '\u001B[H';
/** Echo and lines are what raw mode takes away. */
const isItself = /[ \n]icanon\b[^]*[ \n]echo\b/u;

let stack: SmallStack;

beforeAll(async () => {
  stack = await startSmallStack();
}, 180_000);
afterAll(() => stack[Symbol.asyncDispose]());

const openTop = (): Promise<Terminal> =>
  Terminal.start(
    `${program} top --interval 100ms; echo "ended with $?"; stty --all`,
    { HANOK_URL: stack.url, HANOK_TOKEN: stack.token },
    { columns: 90, rows: 20 },
  );

/** The frames that are complete, as lines without colours. The terminal adds a carriage return of its own. */
function framesOf(output: string): string[][] {
  return output
    .split(home)
    .slice(1, -1)
    .map((frame) => stripVTControlCharacters(frame).split(/\r+\n/u));
}

describe('top in a terminal', { timeout: 120_000 }, () => {
  it('draws live on a screen of its own, and gives the terminal back when q is pressed', async () => {
    await using terminal = await openTop();
    const drawn = await terminal.shows(/all is well/u);
    const enteredAt = terminal.output.indexOf(enterScreen);
    expect(enteredAt).toBeGreaterThan(0);
    await terminal.shows(/hanok top/u, drawn);
    await terminal.type('x');
    await terminal.shows(/hanok top/u, terminal.output.length);
    await terminal.type('q');
    const endedAt = await terminal.shows(/ended with 0/u);
    await terminal.shows(isItself, endedAt);
    const { output } = terminal;
    expect(output.indexOf(leaveScreen)).toBeGreaterThan(enteredAt);
    // Nothing is drawn on the screen that was there before, nor is a key shown.
    expect(output.slice(output.indexOf(leaveScreen) + leaveScreen.length, endedAt)).toBe('ended with 0');
    expect(stripVTControlCharacters(output)).toContain('player-service-1');
  });

  it('gives it back on Ctrl-C, too, and ends with 130', async () => {
    await using terminal = await openTop();
    await terminal.shows(/all is well/u);
    await terminal.type('\u0003');
    const endedAt = await terminal.shows(/ended with 130/u);
    await terminal.shows(isItself, endedAt);
    expect(terminal.output.slice(0, endedAt)).toContain(leaveScreen);
  });

  it('fits the window, also when that is made smaller', async () => {
    await using terminal = await openTop();
    await terminal.shows(/all is well/u);
    await terminal.resize(44, 7);
    const firstAt = await terminal.shows(/…/u, terminal.output.length);
    const nextAt = await terminal.shows(/hanok top[^]*…/u, firstAt);
    const smallAt = await terminal.shows(/hanok top/u, nextAt);
    const frames = framesOf(terminal.output.slice(0, smallAt));
    for (const frame of frames) {
      expect(frame.length).toBeLessThanOrEqual(20);
      for (const line of frame) expect(line.length).toBeLessThanOrEqual(90);
    }
    const last = frames.at(-1) ?? [];
    expect(last.length).toBeLessThanOrEqual(7);
    for (const line of last) expect(line.length).toBeLessThanOrEqual(44);
    await terminal.type('Q');
    await terminal.shows(/ended with 0/u);
  });
});
