import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildSite } from '../src/build-site.ts';

const repository = join(import.meta.dirname, '../../..');
let output = '';
let pages: string[] = [];

beforeAll(() => {
  output = mkdtempSync(join(tmpdir(), 'hanok-site-'));
  const document = {
    info: { title: 'sample', description: 'A service' },
    paths: {
      '/v1/things/{id}': {
        put: {
          summary: 'Changes a thing',
          parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }],
          requestBody: {
            content: {
              'application/json': {
                schema: {
                  required: ['size'],
                  properties: { size: { type: 'integer', description: 'How big' } },
                },
              },
            },
          },
          responses: { 200: { description: 'Changed' } },
        },
      },
    },
  };
  pages = buildSite({ repository, output, documents: [document] });
});
afterAll(() => rmSync(output, { recursive: true }));

const read = (page: string) => readFileSync(join(output, page), 'utf8');

describe('the site', () => {
  it('has a page for each guide, service and decision', () => {
    for (const page of ['index.html', 'docs/index.html', 'apps/lb-proxy/index.html', 'ARCHITECTURE.html'])
      expect(pages).toContain(page);
    expect(pages.filter((page) => page.startsWith('docs/adr/')).length).toBeGreaterThan(5);
  });

  it('has no link inside it that leads nowhere', () => {
    const broken = pages.flatMap((page) =>
      [...read(page).matchAll(/href="([^"#:]+)(?:#[^"]*)?"/g)]
        .map(([, href]) => join(dirname(page), decodeURI(href ?? '')))
        .filter((target) => !existsSync(join(output, target)))
        .map((target) => `${page} -> ${target}`),
    );
    expect(broken).toEqual([]);
  });

  it('has nothing from elsewhere and no script', () => {
    for (const page of pages) expect(read(page)).not.toMatch(/<script|<link|src="https?:/);
  });

  it('documents an API by its document', () => {
    const page = read('docs/api/sample.html');
    expect(page).toContain('PUT /v1/things/{id}');
    expect(page).toMatch(
      /<code>size<\/code> \(required\)<\/td>\s*<td>body<\/td>\s*<td>integer<\/td>\s*<td>How big/,
    );
  });
});
