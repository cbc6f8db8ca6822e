import { createHash } from 'node:crypto';
import { createWriteStream, existsSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { HttpError } from '@hanok/service-kit/http-client';
import { defineCommand } from '../command.ts';
import type { MigrationList } from '../connection/answers.ts';
import { CliError, exitCodes, usageError } from '../errors.ts';
import { painted, table } from '../output/table.ts';
import { showBytes } from '../output/units.ts';

/** Sent by the service after the bytes it is the digest of. */
const digestHeader = 'x-content-sha256';

/** `hanok backup` */
export const backupCommand = defineCommand({
  name: 'backup',
  summary: 'copy the SQLite database of the stack to a new file here, while services use it',
  details:
    'The copy is of one moment, checked by the service and compared by its SHA-256 here. It never overwrites a file.\n' +
    'PostgreSQL has pg_dump for that.',
  arguments: [{ name: 'FILE', summary: 'where the copy goes' }],
  examples: [['backup hanok-monday.db', 'and restore it by starting a stack on that file']],
  async run({ stack, arguments: [file = ''], signal }) {
    const target = resolve(file);
    if (existsSync(target)) throw usageError(`${target} exists already; a backup never overwrites anything`);
    const { baseUrl } = await stack.playerService();
    const { token } = stack.settings;
    const response = await fetch(`${baseUrl}/v1/backup`, {
      signal,
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    });
    if (!response.ok || response.body === null) throw await refusalOf(response);
    const partial = `${target}.part`;
    try {
      const sha256 = createHash('sha256');
      let sizeBytes = 0;
      const counted = async function* (chunks: AsyncIterable<Buffer>) {
        for await (const chunk of chunks) {
          sizeBytes += chunk.length;
          sha256.update(chunk);
          yield chunk;
        }
      };
      await pipeline(Readable.fromWeb(response.body), counted, createWriteStream(partial, { flags: 'wx' }), {
        signal,
      });
      const digest = sha256.digest('hex');
      if (digest !== response.headers.get(digestHeader))
        throw new CliError(exitCodes.failed, 'damaged_backup', 'the copy was damaged on its way; try again');
      await sync(partial);
      await rename(partial, target);
      return {
        value: { file: target, sizeBytes, sha256: digest },
        text: `${showBytes(sizeBytes)} in ${target}\nSHA-256 ${digest}`,
      };
    } finally {
      await rm(partial, { force: true });
    }
  },
});

async function refusalOf(response: Response): Promise<HttpError> {
  const problem = (await response.json().catch(() => undefined)) as HttpError['problem'];
  return new HttpError(response.status, problem, undefined);
}

/** So that what was reported as saved is there after a power loss, too. */
async function sync(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** `hanok migrate` */
export const migrateCommand = defineCommand({
  name: 'migrate',
  summary: "the database's migrations; ends with 5 when some are pending",
  details:
    'Services migrate when they start. Some are pending only where an older service runs on a newer release.',
  examples: [['migrate', 'before and after an upgrade']],
  async run({ stack, paint }) {
    const service = await stack.playerService();
    const { items } = await service.get<MigrationList>('/v1/migrations');
    const rows = items.map(({ number, name, appliedAt }) => [
      number,
      name,
      appliedAt === null ? painted(paint('warn', 'pending')) : appliedAt,
    ]);
    const headings = [{ heading: 'NUMBER', isNumber: true }, { heading: 'NAME' }, { heading: 'APPLIED' }];
    const pending = items.some(({ appliedAt }) => appliedAt === null);
    return {
      value: { service: service.id, items },
      text: table(headings, rows, 'This release has no migrations.'),
      exitCode: pending ? exitCodes.unwell : exitCodes.ok,
    };
  },
});
