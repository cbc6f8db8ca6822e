import { h } from '../dom.ts';
import type { BackendRow } from '../rows.ts';
import { word } from '../words.ts';

/** How a state is coloured; the word itself always stands beside it. */
export type Tone = 'good' | 'warn' | 'bad' | 'info' | '';

const tones: Readonly<Record<string, Tone>> = {
  alive: 'good',
  ready: 'good',
  up: 'good',
  enabled: 'good',
  done: 'good',
  starting: 'info',
  unknown: 'info',
  running: 'info',
  suspect: 'warn',
  draining: 'warn',
  ejected: 'warn',
  dead: 'bad',
  down: 'bad',
  failed: 'bad',
  unreachable: 'bad',
};

export function toneOf(state: string): Tone {
  return tones[state] ?? '';
}

/** A state with its colour. */
export function badge(state: string): HTMLElement {
  return h('span', { class: `badge ${toneOf(state)}` }, word('state', state));
}

/** What to say of a backend in one word: what an operator set counts more than how it seems. */
export function backendState({ state, health }: Pick<BackendRow, 'state' | 'health'>): string {
  return state === 'enabled' ? health : state;
}
