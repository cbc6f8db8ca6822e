import type { ComparisonResult } from './compare.ts';
import type { Spread } from './statistics.ts';

/** A Markdown table of results: ratios first, because absolute figures depend on the machine. */
export function toTable(results: readonly ComparisonResult[]): string {
  const rows = results.map(({ title, unit, peer, ours, ratio }) => [
    title,
    `${ratio.median.toFixed(2)} (${ratio.lowest.toFixed(2)}–${ratio.highest.toFixed(2)})`,
    `${peer.name}: ${range(peer)}`,
    `${ours.name}: ${range(ours)}`,
    unit,
  ]);
  const header = ['What', 'Ours ÷ peer: median (spread)', 'Peer', 'Ours', 'Unit'];
  return [header, header.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function range({ median, lowest, highest }: Spread): string {
  return `${figure(median)} (${figure(lowest)}–${figure(highest)})`;
}

function figure(value: number): string {
  return value.toLocaleString('en', { maximumSignificantDigits: 3 });
}
