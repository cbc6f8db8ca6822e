import { problems, type HanokServer } from '@hanok/service-kit';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { fileURLToPath } from 'node:url';
import type { PageEncoding, PageFile } from './page-file.ts';
import { PageFiles } from './page-files.ts';

const folder = fileURLToPath(new URL('../../page', import.meta.url));

/** Serves the page. It is read and compressed when it is first asked for: a coordinator nobody looks at pays nothing. */
export function addPageRoutes(server: HanokServer): void {
  let files: Promise<PageFiles> | null = null;
  const find = async (path: string): Promise<PageFile> => {
    files ??= PageFiles.read(folder);
    const file = await files
      .then((all) => all.find(path))
      .catch((error: unknown) => {
        files = null;
        throw error;
      });
    if (file === undefined) throw problems.notFound({ detail: `The console has no file ${path}` });
    return file;
  };
  const schema = { hide: true };

  // Relative links need the slash at the end.
  server.get('/console', { schema }, (_request, reply) => reply.redirect('/console/', 308));
  server.get('/console/', { schema }, async (request, reply) =>
    send(request, reply, await find('index.html')),
  );
  server.get<{ Params: { '*': string } }>('/console/*', { schema }, async (request, reply) =>
    send(request, reply, await find(request.params['*'])),
  );
}

async function send(request: FastifyRequest, reply: FastifyReply, file: PageFile): Promise<FastifyReply> {
  // Asked for again at each visit, answered without a body: a new release shows at once.
  void reply.header('cache-control', 'no-cache').header('etag', file.etag).header('vary', 'accept-encoding');
  if (request.headers['if-none-match'] === file.etag) return reply.code(304).send();
  void reply.type(file.mediaType);
  const encoding = bestEncoding(request.headers['accept-encoding'] ?? '');
  if (encoding === null) return reply.send(file.plain);
  return reply.header('content-encoding', encoding).send(await file.compressed(encoding));
}

function bestEncoding(accepted: string): PageEncoding | null {
  if (/\bbr\b/.test(accepted)) return 'br';
  return /\bgzip\b/.test(accepted) ? 'gzip' : null;
}
