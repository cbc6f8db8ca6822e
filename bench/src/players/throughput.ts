import type { Ground } from './ground.ts';
import { sendLoad, type Answered } from './wrk.ts';

const SECONDS = 2;
export const CONNECTIONS = 64;

/** Requests that a second of the server's own processor time carries: what a core of it is good for. */
export async function perCpuSecond(
  ground: Ground,
  process: { cpuSeconds(): number },
  url: string,
  script: string,
): Promise<number> {
  const before = process.cpuSeconds();
  const { answered } = await load(ground, url, script);
  return answered / (process.cpuSeconds() - before);
}

/** Sends for two seconds over `connections`. */
export function load(
  ground: Ground,
  url: string,
  script: string,
  connections: number = CONNECTIONS,
): Promise<Answered> {
  return sendLoad(ground.wrk, { url, script, connections, seconds: SECONDS });
}
