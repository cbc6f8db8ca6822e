import { s } from '../dom.ts';

/** Drawn on 16 × 16. */
const paths = {
  overview: 'M2.500 8.500 8 3l5.500 5.500M4 7.500V13h8V7.500',
  balancer: 'M2 8h4M6 8l4-4.500h4M6 8h8M6 8l4 4.500h4',
  cluster: 'M8 2.500v4M8 6.500 3.500 11M8 6.500 12.500 11M8 2.500h.01M3.500 12.500h.01M12.500 12.500h.01',
  players:
    'M8 8a2.700 2.700 0 1 0 0-5.400A2.700 2.700 0 0 0 8 8zM2.800 13.500c.6-2.600 2.700-4 5.200-4s4.600 1.400 5.200 4',
  cache:
    'M3 4.500c0-1.100 2.200-2 5-2s5 .9 5 2-2.200 2-5 2-5-.9-5-2zM3 4.500v7c0 1.100 2.200 2 5 2s5-.9 5-2v-7M3 8c0 1.100 2.200 2 5 2s5-.9 5-2',
  audit: 'M4 2.500h6l2.500 2.500v8.500H4zM6 7h4.500M6 9.500h4.500M6 12h2.500',
  check: 'M3 8.500 6.500 12 13 4.500',
  cross: 'M4 4l8 8M12 4l-8 8',
  crown: 'M2.500 12.500h11M3 11 2.300 4.500 5.700 7 8 3l2.300 4 3.400-2.500L13 11z',
  alert: 'M8 3v6.500M8 12.700v.01',
  arrow: 'M3 8h10M9 4l4 4-4 4',
  swap: 'M3 5.500h9.500L10 3M13 10.500H3.500L6 13',
  sun: 'M8 5.300a2.700 2.700 0 1 0 0 5.400 2.700 2.700 0 0 0 0-5.400zM8 1.500v1.300M8 13.200v1.300M1.500 8h1.300M13.200 8h1.300M3.400 3.400l.9.9M11.700 11.700l.9.9M12.600 3.400l-.9.9M4.300 11.700l-.9.9',
  leave: 'M6.500 3H3v10h3.500M7 8h6.500M11 5.500 13.500 8 11 10.500',
} as const;

export type GlyphName = keyof typeof paths;

/** A small picture that goes with words; by itself it says nothing to a screen reader. */
export function glyph(name: GlyphName): SVGSVGElement {
  return s(
    'svg',
    { class: 'glyph', viewBox: '0 0 16 16', 'aria-hidden': 'true' },
    s('path', { d: paths[name] }),
  );
}
