import { s } from '../dom.ts';

/** The roof of a hanok. */
export function logo(): SVGSVGElement {
  return s(
    'svg',
    { viewBox: '0 0 32 32', 'aria-hidden': 'true' },
    s('rect', { width: 32, height: 32, rx: 7, fill: 'var(--accent)' }),
    s('path', {
      d: 'M4 14c5-.6 9-3 12-7 3 4 7 6.400 12 7-2 .9-4 1.300-6 1.400H10c-2-.1-4-.5-6-1.400z',
      fill: 'var(--on-accent)',
    }),
    s('path', {
      d: 'M9 17h2.600v8H9zM14.700 17h2.600v8h-2.600zM20.400 17H23v8h-2.600zM7 25h18v1.800H7z',
      fill: 'var(--on-accent)',
    }),
  );
}
