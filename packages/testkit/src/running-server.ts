import { execFile, execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { watchContainer } from './caretaker.ts';
import { type ChildHandle, spawnChild } from './child-handle.ts';
import { signalTree } from './process-tree.ts';
import type { ServerPrograms } from './server-programs.ts';

const run = promisify(execFile);

/** A user to run a server as. */
export interface ServerUser {
  readonly uid: number;
  readonly gid: number;
}

/** One program to run, wherever it comes from. */
export interface Invocation {
  readonly programs: ServerPrograms;
  readonly program: string;
  readonly args: readonly string[];
  /** Its working folder, the only one a container sees. */
  readonly folder: string;
  readonly user?: ServerUser | undefined;
  /** Sent first when the data is no longer wanted; SIGKILL follows. Default SIGKILL. */
  readonly endSignal?: 'SIGQUIT';
}

/** A server process, or the container it is in. */
export interface RunningServer {
  readonly child: ChildHandle;
  /** SIGKILL to all of it, as when the machine loses power. */
  kill(): Promise<void>;
  pause(): void;
  resume(): void;
  /** Ends it the quick way that leaves nothing behind. */
  end(): Promise<void>;
}

const END_TIMEOUT_MS = 5_000;

/** Starts a server. */
export async function runServer(invocation: Invocation): Promise<RunningServer> {
  return 'image' in invocation.programs ? runInContainer(invocation) : runOnMachine(invocation);
}

/**
 * Runs a program to its end.
 *
 * @throws Error with what it printed when its exit code is not 0
 */
export async function runProgram(invocation: Invocation): Promise<void> {
  const { command, args } = commandLine(invocation, `hanok-test-${randomUUID()}`);
  // In a container the user is a matter of the command line, and docker needs the variables that point it
  // to its engine.
  const surroundings =
    'image' in invocation.programs ? { env: process.env } : { env: serverEnvironment(), ...invocation.user };
  await run(command, args, { cwd: invocation.folder, ...surroundings, timeout: 120_000 });
}

async function runOnMachine(invocation: Invocation): Promise<RunningServer> {
  const { folder, user, endSignal } = invocation;
  const child = await spawnChild({
    ...commandLine(invocation, ''),
    env: serverEnvironment(),
    cwd: folder,
    user,
    firstSignal: endSignal === undefined ? 'KILL' : 'QUIT',
  });
  let ended = false;
  void child.exited.then(() => (ended = true));
  const kill = async (): Promise<void> => {
    if (!ended) signalTree(child.pid, 'SIGKILL');
    await child.exited;
  };
  return {
    child,
    kill,
    pause: () => signalTree(child.pid, 'SIGSTOP'),
    resume: () => signalTree(child.pid, 'SIGCONT'),
    async end() {
      if (endSignal === undefined || ended) return kill();
      child.kill(endSignal);
      signalTree(child.pid, 'SIGCONT');
      const timer = setTimeout(() => void kill(), END_TIMEOUT_MS);
      await child.exited;
      clearTimeout(timer);
    },
  };
}

async function runInContainer(invocation: Invocation): Promise<RunningServer> {
  const name = `hanok-test-${randomUUID()}`;
  const release = watchContainer(name);
  const child = await spawnChild({
    ...commandLine(invocation, name),
    env: process.env,
    cwd: invocation.folder,
  });
  void child.exited.then(release);
  const kill = async (): Promise<void> => {
    // A container that has ended is gone: what counts is that none is left.
    await run('docker', ['rm', '--force', '--volumes', name]).catch(() => undefined);
    await child.exited;
  };
  return {
    child,
    kill,
    pause: () => void execFileSync('docker', ['pause', name]),
    resume: () => void execFileSync('docker', ['unpause', name]),
    end: kill,
  };
}

/**
 * A container shares the network of this machine and sees the data under its own path, so a server is told
 * the same in it as outside. It runs as the caller does, and the user table makes that user known to it.
 */
function commandLine(
  { programs, program, args, folder, user }: Invocation,
  containerName: string,
): { command: string; args: readonly string[] } {
  if ('folder' in programs) return { command: join(programs.folder, program), args };
  const { uid, gid } = user ?? { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  const options = [
    ['run', '--rm', '--name', containerName, '--network', 'host', '--user', `${uid}:${gid}`],
    ['--volume', `${folder}:${folder}`, '--volume', '/etc/passwd:/etc/passwd:ro', '--workdir', folder],
    ['--entrypoint', program, programs.image],
  ];
  return { command: 'docker', args: [...options.flat(), ...args] };
}

/** Servers read settings from variables (PGPORT, ETCD_…): they get none of the test's. */
function serverEnvironment(): NodeJS.ProcessEnv {
  const { PATH, TMPDIR } = process.env;
  return { PATH, TMPDIR, LC_ALL: 'C.UTF-8' };
}
