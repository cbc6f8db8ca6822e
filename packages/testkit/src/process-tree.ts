import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';

/**
 * Sends a signal to a process and to all its descendants. The process is stopped first, so that it cannot
 * start another while the rest are being found; PostgreSQL's workers leave its process group, so a signal to
 * the group would miss them. A process that has ended meanwhile is passed over.
 */
export function signalTree(rootPid: number, signal: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL'): void {
  if (signal !== 'SIGCONT') signalOne(rootPid, 'SIGSTOP');
  for (const pid of [rootPid, ...descendantsOf(rootPid)]) signalOne(pid, signal);
}

/** The process ids of all descendants. */
export function descendantsOf(rootPid: number): number[] {
  const parents = process.platform === 'linux' ? parentsFromProc() : parentsFromPs();
  const descendants: number[] = [];
  const queue = [rootPid];
  for (const ancestor of queue) {
    for (const [pid, parentPid] of parents) {
      if (parentPid === ancestor) {
        descendants.push(pid);
        queue.push(pid);
      }
    }
  }
  return descendants;
}

/** Linux, also where there is no ps: the second field after the name in parentheses is the parent. */
function parentsFromProc(): Map<number, number> {
  const parents = new Map<number, number>();
  for (const entry of readdirSync('/proc')) {
    const pid = Number(entry);
    if (!Number.isInteger(pid)) continue;
    const parentPid = readStat(pid);
    if (parentPid !== undefined) parents.set(pid, parentPid);
  }
  return parents;
}

function readStat(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return undefined;
  }
}

function parentsFromPs(): Map<number, number> {
  const table = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' });
  const rows = table.trim().split('\n');
  return new Map(rows.map((row) => row.trim().split(/\s+/).map(Number) as [number, number]));
}

function signalOne(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
