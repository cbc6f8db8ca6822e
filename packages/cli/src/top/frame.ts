import type { BackendView } from '../connection/answers.ts';
import { paintState, type Paint } from '../output/paint.ts';
import { painted, tableLines } from '../output/table.ts';
import { clip, plain } from '../output/text.ts';
import { showBytes, showMs, showRate } from '../output/units.ts';
import { findTrouble } from '../trouble.ts';
import type { ProcessFigures, StackSample } from './sample.ts';

/** What a frame is drawn from. */
export interface FrameInput {
  readonly sample: StackSample;
  /** The one before, for rates; none at first. */
  readonly previous: StackSample | undefined;
  readonly columns: number;
  readonly rows: number;
  readonly paint: Paint;
}

/** The lines of a frame, none wider than `columns` and no more than `rows`. Pure. */
export function renderFrame(input: FrameInput): string[] {
  const lines = [
    ...headLines(input),
    '',
    ...backendLines(input),
    '',
    ...processLines(input),
    '',
    ...nodeLines(input),
  ];
  const fitting = lines.length <= input.rows ? lines : [...lines.slice(0, input.rows - 1), '…'];
  return fitting.map((line) => clip(line, input.columns));
}

function headLines({ sample, previous, paint }: FrameInput): string[] {
  const { status, proxies, failure } = sample;
  const cluster =
    status === null
      ? paint('bad', 'no coordinator answers')
      : (status.leaderId === null
          ? paint('bad', 'no leader')
          : `leader ${paint('strong', plain(status.leaderId))}`) +
        `  term ${status.term}  coordinators ${status.totals.coordinatorsAlive}/${status.totals.coordinators}` +
        `  services ${status.totals.servicesReady}/${status.totals.services}`;
  const traffic = proxies.map(({ id, statistics }) => {
    if (statistics === null) return `${plain(id)}  ${paint('bad', 'does not answer')}`;
    const before = previous?.proxies.find((each) => each.id === id)?.statistics;
    const accepted = rate(sample, previous, statistics.connections.total, before?.connections.total);
    const refused = rate(
      sample,
      previous,
      total(statistics.refused),
      before ? total(before.refused) : undefined,
    );
    const shown = refused !== null && refused > 0 ? paint('bad', showRate(refused)) : showRate(refused);
    return (
      `${plain(id)}  ${statistics.strategy}  open ${statistics.connections.active}` +
      `  waiting ${statistics.connections.waiting}  new ${showRate(accepted)}  refused ${shown}`
    );
  });
  const trouble = status === null ? [] : findTrouble(status, proxies);
  const [first] = trouble;
  const more = trouble.length > 1 ? ` (and ${trouble.length - 1} more)` : '';
  const verdict =
    first === undefined
      ? failure === null
        ? paint('good', 'all is well')
        : paint('bad', plain(failure))
      : paint('bad', `${plain(first)}${more}`);
  return [`${paint('strong', 'hanok top')}  ${cluster}`, ...traffic, verdict];
}

function backendLines({ sample, previous, paint }: FrameInput): string[] {
  const rows = sample.proxies.flatMap(({ id, statistics }) => {
    const before = previous?.proxies.find((each) => each.id === id)?.statistics?.backends ?? [];
    return (statistics?.backends ?? []).map((backend) => {
      const earlier = before.find((each) => each.id === backend.id && each.pool === backend.pool);
      return [
        backend.id,
        painted(paintState(paint, plain(backend.state))),
        painted(paintState(paint, plain(backend.health))),
        backend.weight,
        backend.activeConnections,
        showRate(rate(sample, previous, backend.totalConnections, earlier?.totalConnections)),
        showMs(backend.p50ResponseTimeMs),
        showMs(backend.p99ResponseTimeMs),
        relayed(rate(sample, previous, bytesOf(backend), earlier ? bytesOf(earlier) : undefined)),
        backend.failedConnects,
      ];
    });
  });
  return headed(paint, tableLines(backendColumns, rows));
}

function processLines({ sample, previous, paint }: FrameInput): string[] {
  const rows = sample.processes.map((each) => {
    const before = previous?.processes.find(({ id }) => id === each.id);
    const errors = rate(sample, previous, each.serverErrors, before?.serverErrors);
    return [
      each.id,
      showRate(rate(sample, previous, each.requests, before?.requests)),
      errors !== null && errors > 0 ? painted(paint('bad', showRate(errors))) : showRate(errors),
      cpuShare(sample, previous, each, before),
      showBytes(each.residentBytes),
      showMs(each.loopDelayMs),
    ];
  });
  return headed(paint, tableLines(processColumns, rows));
}

function nodeLines({ sample, paint }: FrameInput): string[] {
  const rows = (sample.status?.nodes ?? []).map((node) => [
    node.id,
    node.role === 'leader' ? painted(paint('strong', 'leader')) : node.role,
    painted(paintState(paint, plain(node.state))),
    `${node.host}:${node.port}`,
  ]);
  return headed(paint, tableLines(nodeColumns, rows));
}

const figures = (headings: readonly string[]) => headings.map((heading) => ({ heading, isNumber: true }));
const words = (headings: readonly string[]) => headings.map((heading) => ({ heading }));
const backendColumns = [
  ...words(['BACKEND', 'STATE', 'HEALTH']),
  ...figures(['WEIGHT', 'OPEN', 'NEW', 'P50', 'P99', 'RELAYED', 'FAILED']),
];
const processColumns = [...words(['SERVICE']), ...figures(['REQUESTS', '5XX', 'CPU', 'MEMORY', 'LOOP LATE'])];
const nodeColumns = words(['NODE', 'ROLE', 'STATE', 'ADDRESS']);

function headed(paint: Paint, [heading = '', ...lines]: readonly string[]): string[] {
  return [paint('faint', heading), ...lines];
}

/** Growth of a counter a second; null until there are two readings, or after its process was replaced. */
function rate(
  sample: StackSample,
  previous: StackSample | undefined,
  value: number,
  before: number | undefined,
): number | null {
  if (previous === undefined || before === undefined || value < before) return null;
  const elapsedMs = sample.atMs - previous.atMs;
  return elapsedMs <= 0 ? null : ((value - before) * 1_000) / elapsedMs;
}

function cpuShare(
  sample: StackSample,
  previous: StackSample | undefined,
  now: ProcessFigures,
  before: ProcessFigures | undefined,
): string {
  const share = rate(sample, previous, now.cpuSeconds, before?.cpuSeconds);
  return share === null ? '-' : `${(share * 100).toFixed(1)}%`;
}

function relayed(bytesPerSecond: number | null): string {
  return bytesPerSecond === null ? '-' : `${showBytes(bytesPerSecond)}/s`;
}

function bytesOf({ bytesToBackend, bytesToClient }: BackendView): number {
  return bytesToBackend + bytesToClient;
}

function total(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
