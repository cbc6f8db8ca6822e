import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A row of docs/operations/metrics.md. */
export interface DocumentedMetric {
  /** Heading it stands under: a service, or `Every service`. */
  readonly section: string;
  readonly name: string;
  readonly type: string;
  readonly unit: string;
  readonly labels: readonly string[];
  readonly meaning: string;
}

/** Every metric of a service that the page documents. */
export const catalogue: readonly DocumentedMetric[] = read();

function read(): DocumentedMetric[] {
  const page = readFileSync(join(import.meta.dirname, '../../docs/operations/metrics.md'), 'utf8');
  return page.split(/^## /mu).flatMap((part) => {
    const section = part.split('\n', 1)[0] ?? '';
    return [...part.matchAll(/^\| `([a-z_\d]+)` +\|(.*)\|$/gmu)].map(([, name = '', rest = '']) => {
      const [type = '', unit = '', labels = '', meaning = ''] = rest.split('|').map((cell) => cell.trim());
      return {
        section,
        name,
        type,
        unit,
        labels: [...labels.matchAll(/`(\w+)`/gu)].map((match) => match[1] ?? ''),
        meaning,
      };
    });
  });
}
