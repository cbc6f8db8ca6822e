import { createSocket } from 'node:dgram';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { PreflightError } from './preflight-error.ts';
import { checkSettings } from './settings.ts';
import type { PortClaim, Topology } from './topology.ts';

/**
 * Makes sure, before anything starts, that the data folder can be written, that every port of the stack is free and
 * that every service accepts its settings.
 *
 * @throws PreflightError with one sentence that names what is wrong and what to do.
 */
export async function preflight(topology: Topology, env: NodeJS.ProcessEnv): Promise<void> {
  await checkDataFolder(topology.dataDir);
  await checkPorts(topology);
  await checkSettings(topology, env);
}

const FOLDER_REASONS: Readonly<Record<string, string>> = {
  EEXIST: 'there is a file in its place',
  ENOTDIR: 'there is a file in its place',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
};

async function checkDataFolder(dataDir: string): Promise<void> {
  const trial = join(dataDir, `.write-test-${process.pid}`);
  try {
    await mkdir(dataDir, { recursive: true });
    await writeFile(trial, 'hanok');
    await rm(trial);
  } catch (error) {
    const code = errorCode(error);
    throw new PreflightError(
      `The data folder ${dataDir} cannot be written: ${FOLDER_REASONS[code] ?? code}; choose another with --data-dir PATH.`,
      { cause: error },
    );
  }
}

const HOST = '127.0.0.1';

async function checkPorts(topology: Topology): Promise<void> {
  const claims = topology.services.flatMap((service) =>
    service.ports.map((claim) => ({ name: service.name, claim })),
  );
  const results = await Promise.all(
    claims.map(async ({ name, claim }) => ({ name, claim, code: await tryPort(claim) })),
  );
  const taken = results.filter((result) => result.code !== undefined);
  const [first] = taken;
  if (first === undefined) return;
  const others = taken.length > 1 ? ` (and ${taken.length - 1} more)` : '';
  const reason = first.code === 'EADDRINUSE' ? 'is already in use' : `cannot be opened (${first.code})`;
  throw new PreflightError(
    `Port ${first.claim.port} of ${first.name} ${reason}${others}; end the program that holds it or shift all ports with --port-offset N.`,
  );
}

/** Opens and closes the port: `undefined` when that worked, else the error's code. */
function tryPort(claim: PortClaim): Promise<string | undefined> {
  return claim.protocol === 'tcp' ? tryTcpPort(claim.port) : tryUdpPort(claim.port);
}

function tryTcpPort(port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error) => resolve(errorCode(error)));
    server.listen({ host: HOST, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}

function tryUdpPort(port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    socket.once('error', (error) => resolve(errorCode(error)));
    socket.bind({ address: HOST, port, exclusive: true }, () => socket.close(() => resolve(undefined)));
  });
}

function errorCode(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}
