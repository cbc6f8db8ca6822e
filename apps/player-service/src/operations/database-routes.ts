import type { Database } from '@hanok/repository';
import { Problem, problems, requireAdmin, type HanokServer } from '@hanok/service-kit';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { migrations } from '../storage/migrations.ts';

/** Lets the receiver find out whether all of a backup arrived unharmed. */
const digestHeader = 'x-content-sha256';

/** Routes of operators. Hidden, because the API document is that of games, and clients are generated from it. */
const operators = { preHandler: requireAdmin, schema: { hide: true } };

/** `/v1/migrations` and `/v1/backup`: what an operator asks of the database. */
export function addDatabaseRoutes(server: HanokServer, database: Database): void {
  server.get('/v1/migrations', operators, async () => ({
    items: await database.migrationStatus(migrations),
  }));

  let isCopying = false;
  server.get('/v1/backup', operators, async (_request, reply) => {
    if (!database.capabilities.backup) {
      const detail = 'Back up PostgreSQL with pg_dump or its own replication';
      throw new Problem(501, 'backup_unsupported', 'This database is not backed up here', { detail });
    }
    if (isCopying) throw problems.unavailable({ detail: 'A backup is under way', retryAfterSeconds: 10 });
    isCopying = true;
    const folder = await mkdtemp(join(tmpdir(), 'hanok-backup-'));
    const finish = async () => {
      isCopying = false;
      await rm(folder, { recursive: true, force: true });
    };
    try {
      const file = join(folder, 'hanok.db');
      const { sizeBytes } = await database.backup(file);
      const sha256 = createHash('sha256');
      await pipeline(createReadStream(file), sha256);
      const bytes = createReadStream(file);
      // Also when the receiver goes away halfway.
      bytes.once('close', () => void finish());
      return await reply
        .headers({ 'content-length': sizeBytes, [digestHeader]: sha256.digest('hex') })
        .type('application/vnd.sqlite3')
        .send(bytes);
    } catch (error) {
      await finish();
      throw error;
    }
  });
}
