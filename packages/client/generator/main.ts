import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startPlayerService } from '../test/real-service.ts';
import type { ApiDocument } from './document.ts';
import { generate } from './generate.ts';

/** Writes `src/generated` anew from the document of a player-service of this moment. */
const folder = join(import.meta.dirname, '../src/generated');
await using service = await startPlayerService();
const answer = await fetch(`${service.url}/docs/json`);
const files = await generate((await answer.json()) as ApiDocument, folder);
for (const name of readdirSync(folder)) if (!files.has(name)) rmSync(join(folder, name));
for (const [name, text] of files) writeFileSync(join(folder, name), text);
process.stdout.write(`${files.size} files in ${folder}\n`);
