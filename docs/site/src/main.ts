import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { ApiDocument } from './api-reference.ts';
import { buildSite } from './build-site.ts';

const HELP = `Makes a site of the Markdown files: npm run build -w docs/site -- [options]

  --output DIR          where to (default docs/site/dist)
  --service URL         a running service whose API becomes a page; may be repeated
  --repository-url URL  where files that are no pages can be seen, such as https://example.com/hanok/blob/main
`;

const { values } = parseArgs({
  options: {
    output: { type: 'string', default: join(import.meta.dirname, '../dist') },
    service: { type: 'string', multiple: true, default: [] },
    'repository-url': { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) {
  process.stdout.write(HELP);
} else {
  const documents = await Promise.all(
    values.service.map(async (url) => (await fetch(`${url}/docs/json`)).json() as Promise<ApiDocument>),
  );
  const repository = join(import.meta.dirname, '../../..');
  const pages = buildSite({
    repository,
    output: values.output,
    documents,
    repositoryUrl: values['repository-url'],
  });
  process.stdout.write(`${pages.length} pages in ${values.output}\n`);
}
