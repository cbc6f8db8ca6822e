import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Figure } from '../harness/figure.ts';
import { spreadOf } from '../harness/statistics.ts';
import { onDemand } from '../players/ground.ts';
import { cacheServiceOptions } from './cache-service.ts';

const entries = 1_000_000;
const runs = 3;
const script = new URL('memory-process.ts', import.meta.url).pathname;
const run = promisify(execFile);

interface Filled {
  readonly bytes: number;
  readonly longestMs: number;
}

/** The memory engine full of entries beside lru-cache, each in processes of their own, started as cache-service is. */
export function memoryFigures(): readonly Figure[] {
  const measured = onDemand(async () => {
    const [ours, theirs]: [Filled[], Filled[]] = [[], []];
    for (let i = 0; i < runs; i += 1) {
      ours.push(await fill('ours'));
      theirs.push(await fill('lru-cache'));
    }
    return { ours: summary(ours), theirs: summary(theirs) };
  });
  const title = `memory store at ${entries.toLocaleString('en')} entries`;
  return [
    {
      title: `${title}: bytes an entry beside lru-cache`,
      unit: '×',
      better: 'lower',
      must: 2,
      async measure() {
        const { ours, theirs } = await measured();
        return {
          value: ours.bytes / theirs.bytes,
          remark: `${Math.round(ours.bytes)} bytes an entry; lru-cache ${Math.round(theirs.bytes)}`,
        };
      },
    },
    {
      title: `${title}: longest pause while it is filled and replaced`,
      unit: 'ms',
      better: 'lower',
      must: 20,
      async measure() {
        const { ours, theirs } = await measured();
        return {
          value: ours.longestMs,
          remark: `lru-cache ${theirs.longestMs.toFixed(1)} ms; both with ${cacheServiceOptions.join(' ')}`,
        };
      },
    },
  ];
}

async function fill(kind: 'ours' | 'lru-cache'): Promise<Filled> {
  const args = [...cacheServiceOptions, '--expose-gc', script, kind, String(entries)];
  const { stdout } = await run(process.execPath, args);
  return JSON.parse(stdout) as Filled;
}

function summary(runsOfOne: readonly Filled[]): Filled {
  return {
    bytes: spreadOf(runsOfOne.map(({ bytes }) => bytes)).median,
    longestMs: spreadOf(runsOfOne.map(({ longestMs }) => longestMs)).median,
  };
}
