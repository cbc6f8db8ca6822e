import { styleText } from 'node:util';

/** What a colour means; without colours the words alone must do. */
export type Tone = 'good' | 'warn' | 'bad' | 'faint' | 'strong';

/** Colours text by its meaning. */
export type Paint = (tone: Tone, text: string) => string;

const formats = { good: 'green', warn: 'yellow', bad: 'red', faint: 'dim', strong: 'bold' } as const;

/** For terminals. */
export const inColour: Paint = (tone, text) => styleText(formats[tone], text, { validateStream: false });

/** For files, pipes and people who set NO_COLOR (https://no-color.org). */
export const withoutColour: Paint = (_tone, text) => text;

const toneOf: Readonly<Record<string, Tone>> = {
  ready: 'good',
  alive: 'good',
  up: 'good',
  enabled: 'good',
  done: 'good',
  suspect: 'warn',
  starting: 'warn',
  draining: 'warn',
  running: 'warn',
  checking: 'warn',
  disabled: 'bad',
  dead: 'bad',
  down: 'bad',
  ejected: 'bad',
};

/** Colours the name of a state, whichever service it comes from. */
export function paintState(paint: Paint, state: string): string {
  const tone = toneOf[state];
  return tone === undefined ? state : paint(tone, state);
}
