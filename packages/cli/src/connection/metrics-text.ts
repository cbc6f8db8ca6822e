/** One value of a metric. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** The samples of a `/metrics` answer by the names of their series. */
export type Metrics = ReadonlyMap<string, readonly Sample[]>;

const line = /^(?<name>[A-Za-z_:][\w:]*)(?:\{(?<labels>.*)\})? (?<value>\S+)(?: \d+)?$/u;
const label = /(?<name>[A-Za-z_]\w*)="(?<value>(?:[^"\\]|\\.)*)"/gu;

/** Reads the Prometheus text format (version 0.0.4). Lines it does not understand are left out. */
export function parseMetrics(text: string): Metrics {
  const metrics = new Map<string, Sample[]>();
  for (const each of text.split('\n')) {
    const groups = each.startsWith('#') ? undefined : line.exec(each)?.groups;
    if (groups === undefined) continue;
    const { name = '', labels = '', value = '' } = groups;
    const samples = metrics.get(name) ?? [];
    samples.push({ labels: readLabels(labels), value: readValue(value) });
    metrics.set(name, samples);
  }
  return metrics;
}

/** The sum of a metric's samples for which `wanted` holds; null when there is no such metric. */
export function sumOf(
  metrics: Metrics,
  name: string,
  wanted: (sample: Sample) => boolean = () => true,
): number | null {
  const samples = metrics.get(name);
  if (samples === undefined) return null;
  return samples.filter((sample) => wanted(sample)).reduce((sum, { value }) => sum + value, 0);
}

function readLabels(text: string): Record<string, string> {
  return Object.fromEntries(
    [...text.matchAll(label)].map(({ groups }) => [
      groups?.['name'] ?? '',
      (groups?.['value'] ?? '').replaceAll(/\\(.)/gu, (_, escaped: string) =>
        escaped === 'n' ? '\n' : escaped,
      ),
    ]),
  );
}

function readValue(text: string): number {
  return Number(text.replace('Inf', 'Infinity'));
}
