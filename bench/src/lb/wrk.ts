import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { hasSeveralCores } from '../harness/cores.ts';

export interface WrkLoad {
  readonly url: string;
  readonly connections: number;
  readonly seconds: number;
  /** Open a connection for each request. */
  readonly closeEach?: boolean;
}

const run = promisify(execFile);

/**
 * Runs wrk on the second core and returns how many requests were answered.
 *
 * @throws Error when any failed
 */
export async function answeredRequests(wrk: string, load: WrkLoad): Promise<number> {
  const args = ['-t1', `-c${load.connections}`, `-d${load.seconds}s`, '--timeout', '10s'];
  if (load.closeEach === true) args.push('-H', 'Connection: close');
  const [file, ...rest] = hasSeveralCores
    ? ['taskset', '-c', '1', wrk, ...args, load.url]
    : [wrk, ...args, load.url];
  const { stdout } = await run(file, rest);
  const answered = /(\d+) requests in/.exec(stdout)?.[1];
  const failed = /Socket errors:.*|Non-2xx.*/.exec(stdout)?.[0];
  if (answered === undefined || failed !== undefined) throw new Error(`wrk: ${failed ?? stdout}`);
  return Number(answered);
}
