import type { Bound } from './bound.ts';
import type { ComparisonResult } from './compare.ts';
import type { FigureResult } from './figure.ts';
import type { Spread } from './statistics.ts';

/** Markdown tables of the results: ratios first, because absolute figures depend on the machine. */
export function toTables(comparisons: readonly ComparisonResult[], figures: readonly FigureResult[]): string {
  const tables = [
    comparisons.length === 0 ? [] : [comparisonTable(comparisons)],
    figures.length === 0 ? [] : [figureTable(figures)],
  ];
  return tables.flat().join('\n\n');
}

function comparisonTable(results: readonly ComparisonResult[]): string {
  const rows = results.map(({ title, unit, peer, ours, ratio, bound, verdict }) => [
    title,
    `${ratio.median.toFixed(2)} (${ratio.lowest.toFixed(2)}–${ratio.highest.toFixed(2)})`,
    boundText(bound),
    verdict,
    `${peer.name}: ${range(peer)}`,
    `${ours.name}: ${range(ours)}`,
    unit,
  ]);
  return table(
    ['What', 'Ours ÷ peer: median (spread)', 'Must, aim', 'Verdict', 'Peer', 'Ours', 'Unit'],
    rows,
  );
}

function figureTable(results: readonly FigureResult[]): string {
  const rows = results.map((result) => [
    result.title,
    `${rounded(result.value)} ${result.unit}`,
    boundText(result),
    result.verdict,
    result.remark ?? '',
  ]);
  return table(['What', 'Figure', 'Must, aim', 'Verdict', 'Remark'], rows);
}

function boundText({ must, aim, better = 'higher' }: Bound): string {
  const sign = better === 'higher' ? '≥' : '≤';
  return [must, aim]
    .flatMap((bound) => (bound === undefined ? [] : [`${sign} ${rounded(bound)}`]))
    .join(', ');
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  return [header, header.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function range({ median, lowest, highest }: Spread): string {
  return `${rounded(median)} (${rounded(lowest)}–${rounded(highest)})`;
}

function rounded(value: number): string {
  return value.toLocaleString('en', { maximumSignificantDigits: 3 });
}
