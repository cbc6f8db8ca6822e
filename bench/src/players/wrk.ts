import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { hasSeveralCores } from '../harness/cores.ts';

/** A load of requests that wrk sends over keep-alive connections, one at a time on each. */
export interface ScriptedLoad {
  readonly url: string;
  readonly connections: number;
  readonly seconds: number;
  /** Lua that defines `request` (wrk's scripting interface). */
  readonly script: string;
}

/** What wrk saw. */
export interface Answered {
  readonly perSecond: number;
  readonly answered: number;
  readonly p99Ms: number;
}

const run = promisify(execFile);

/** Prints the figures as JSON on a line of their own. */
const summary = `
function done(summary, latency)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  io.write(string.format('\\n{"answered":%d,"micros":%d,"p99":%d,"failed":%d}\\n',
    summary.requests, summary.duration, latency:percentile(99), failed))
end
`;

/**
 * Sends the load from the second core.
 *
 * @throws Error when any request failed: a fast refusal is not throughput.
 */
export async function sendLoad(wrk: string, load: ScriptedLoad): Promise<Answered> {
  const file = join(tmpdir(), `hanok-bench-${randomUUID()}.lua`);
  await writeFile(file, load.script + summary);
  try {
    const args = ['-t1', `-c${load.connections}`, `-d${load.seconds}s`, '--timeout', '10s', '-s', file];
    const [program, ...rest] = hasSeveralCores
      ? ['taskset', '-c', '1', wrk, ...args, load.url]
      : [wrk, ...args, load.url];
    const { stdout } = await run(program, rest);
    const line = stdout.split('\n').findLast((each) => each.startsWith('{'));
    if (line === undefined) throw new Error(`wrk: ${stdout}`);
    const seen = JSON.parse(line) as { answered: number; micros: number; p99: number; failed: number };
    if (seen.failed > 0) throw new Error(`${seen.failed} of ${seen.answered} requests to ${load.url} failed`);
    return {
      answered: seen.answered,
      perSecond: (seen.answered * 1e6) / seen.micros,
      p99Ms: seen.p99 / 1_000,
    };
  } finally {
    await rm(file);
  }
}

/** A request as Lua source. */
export interface LuaRequest {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** A script that sends these requests in turn, over and over. */
export function cycling(requests: readonly LuaRequest[]): string {
  const lines = requests.map(({ method, path, headers = {}, body }) => {
    const fields = Object.entries(headers).map(([name, value]) => `[${quoted(name)}]=${quoted(value)}`);
    const rest = body === undefined ? 'nil' : quoted(body);
    return `list[#list + 1] = wrk.format(${quoted(method)}, ${quoted(path)}, {${fields.join(',')}}, ${rest})`;
  });
  // In functions, because one function of Lua holds a bounded number of constants.
  const chunks = Array.from({ length: Math.ceil(lines.length / 500) }, (_, index) =>
    ['(function()', ...lines.slice(index * 500, index * 500 + 500), 'end)()'].join('\n'),
  );
  return `
local list, next = {}, 0
function init()
${chunks.join(';\n')}
end
function request()
  next = next % #list + 1
  return list[next]
end
`;
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
