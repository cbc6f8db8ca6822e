import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { ApiDocument } from '../generator/document.ts';
import { generate } from '../generator/generate.ts';
import { startPlayerService } from './real-service.ts';

const FOLDER = join(import.meta.dirname, '../src/generated');

it('is what the API document of this moment says; else: npm run generate', { timeout: 60_000 }, async () => {
  await using service = await startPlayerService();
  const document = (await (await fetch(`${service.url}/docs/json`)).json()) as ApiDocument;
  const files = await generate(document, FOLDER);
  expect(readdirSync(FOLDER).toSorted()).toEqual([...files.keys()].toSorted());
  for (const [name, text] of files) expect(readFileSync(join(FOLDER, name), 'utf8'), name).toBe(text);
});
