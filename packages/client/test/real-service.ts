import { join } from 'node:path';
import {
  freePort,
  startProcess,
  temporaryFolder,
  type ChildHandle,
  type TemporaryFolder,
} from '@hanok/testkit';

const MAIN = join(import.meta.dirname, '../../../apps/player-service/src/main.ts');

/** A player-service of the test's own: a real process on a database of its own. */
export interface RealService extends AsyncDisposable {
  readonly url: string;
  readonly process: ChildHandle;
}

export async function startPlayerService(adminToken?: string): Promise<RealService> {
  const folder: TemporaryFolder = temporaryFolder();
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const process = await startProcess({
    args: [MAIN],
    env: {
      PORT: String(port),
      DATABASE_URL: `sqlite:${join(folder.path, 'hanok.db')}`,
      CACHE_URL: 'memory:',
      ADMIN_TOKEN: adminToken,
      LOG_LEVEL: 'warn',
    },
    readyUrl: `${url}/readyz`,
    readyTimeoutMs: 60_000,
  });
  return {
    url,
    process,
    async [Symbol.asyncDispose]() {
      await process[Symbol.asyncDispose]();
      await folder.remove();
    },
  };
}
