import { problems, type HanokServer } from '@hanok/service-kit';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { fileURLToPath } from 'node:url';
import { readPageFiles, type PageFile } from './page-files.ts';

const folder = fileURLToPath(new URL('../../page', import.meta.url));

/** Serves the page. It is read and compressed when it is first asked for: a coordinator nobody looks at pays nothing. */
export function addPageRoutes(server: HanokServer): void {
  let files: Promise<ReadonlyMap<string, PageFile>> | null = null;
  const find = async (path: string): Promise<PageFile> => {
    files ??= readPageFiles(folder);
    const file = await files.then(
      (all) => all.get(path),
      (error: unknown) => {
        files = null;
        throw error;
      },
    );
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

function send(request: FastifyRequest, reply: FastifyReply, file: PageFile): FastifyReply {
  // Asked for again at each visit, answered without a body: a new release shows at once.
  void reply.header('cache-control', 'no-cache').header('etag', file.etag).header('vary', 'accept-encoding');
  if (request.headers['if-none-match'] === file.etag) return reply.code(304).send();
  void reply.type(file.mediaType);
  const accepted = request.headers['accept-encoding'] ?? '';
  if (/\bbr\b/.test(accepted)) return reply.header('content-encoding', 'br').send(file.brotli);
  if (/\bgzip\b/.test(accepted)) return reply.header('content-encoding', 'gzip').send(file.gzipped);
  return reply.send(file.plain);
}
