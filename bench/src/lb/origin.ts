import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PinnedProcess } from '../harness/pinned-process.ts';
import { freePort, untilReachable } from './reachable.ts';

/** Size of the answer of `/bulk`, bytes. */
export const bulkBytes = 1_048_576;

/** What the proxies relay to: nginx on the second core, with a small answer at `/` and a large one at `/bulk`. */
export async function startOrigin(
  nginx: string,
  folder: string,
): Promise<AsyncDisposable & { port: number }> {
  const port = await freePort();
  await mkdir(join(folder, 'www'), { recursive: true });
  await writeFile(join(folder, 'www', 'bulk'), Buffer.alloc(bulkBytes, 'x'));
  const config = join(folder, 'origin.conf');
  await writeFile(
    config,
    `daemon off; master_process off; pid ${folder}/origin.pid; error_log stderr crit;
events { worker_connections 10000; }
http {
  access_log off; keepalive_requests 1000000000; keepalive_timeout 600s;
  client_body_temp_path ${folder}/a; proxy_temp_path ${folder}/b; fastcgi_temp_path ${folder}/c;
  uwsgi_temp_path ${folder}/d; scgi_temp_path ${folder}/e;
  server {
    listen 127.0.0.1:${port} backlog=8192; root ${folder}/www;
    location = / { return 200 "hello, game"; }
    location = /bulk { }
  }
}
`,
  );
  const origin = new PinnedProcess(1, nginx, ['-c', config, '-p', folder]);
  await untilReachable(port);
  return Object.assign(origin, { port });
}
