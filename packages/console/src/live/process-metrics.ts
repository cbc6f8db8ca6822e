/** Figures that every service exposes, read from its Prometheus text. */
export interface ProcessMetrics {
  /** CPU seconds used so far. */
  readonly cpuSeconds: number;
  readonly memoryBytes: number;
  /** Requests answered so far, but for those that only watch. */
  readonly requests: number;
  /** Of them, answered with 5xx. */
  readonly errors: number;
}

/** Requests of probes, scrapers and this console say nothing about the load. */
const watching =
  /route="(?:\/metrics|\/healthz|\/readyz|\/v1\/(?:figures|stats|listeners|history|events|status)|\/console[^"]*)"/;

/** Sums what is needed of a Prometheus text, without taking all of it apart. */
export function readProcessMetrics(text: string): ProcessMetrics {
  let cpuSeconds = 0;
  let memoryBytes = 0;
  let requests = 0;
  let errors = 0;
  for (const line of text.split('\n')) {
    if (line.startsWith('process_cpu_seconds_total ')) cpuSeconds = valueOf(line);
    else if (line.startsWith('process_resident_memory_bytes ')) memoryBytes = valueOf(line);
    else if (line.startsWith('http_request_duration_seconds_count{') && !watching.test(line)) {
      requests += valueOf(line);
      if (line.includes('status="5xx"')) errors += valueOf(line);
    }
  }
  return { cpuSeconds, memoryBytes, requests, errors };
}

function valueOf(line: string): number {
  const value = Number(line.slice(line.lastIndexOf(' ') + 1));
  return Number.isFinite(value) ? value : 0;
}
