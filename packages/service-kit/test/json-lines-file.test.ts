import { appendFileSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@hanok/testkit';
import { Type } from 'typebox';
import { expect, test } from 'vitest';
import { JsonLinesFile } from '../src/json-lines-file.ts';

const schema = Type.Object({ n: Type.Integer() });

function open(folder: string, maxFileBytes = 1_000) {
  return JsonLinesFile.open({ folder: join(folder, 'deep'), name: 'notes', schema, maxFileBytes });
}

test('gives back what was appended, oldest first', async () => {
  await using folder = temporaryFolder();
  const { file, records } = await open(folder.path);
  expect(records).toEqual([]);
  await file.append([{ n: 1 }, { n: 2 }]);
  await file.append([{ n: 3 }]);
  expect((await open(folder.path)).records).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
});

test('is readable by its owner alone', async () => {
  await using folder = temporaryFolder();
  const { file } = await open(folder.path);
  await file.append([{ n: 1 }]);
  expect(statSync(join(folder.path, 'deep', 'notes.jsonl')).mode & 0o777).toBe(0o600);
});

test('leaves out a line that a crash cut short, and does not write on at its end', async () => {
  await using folder = temporaryFolder();
  const { file } = await open(folder.path);
  await file.append([{ n: 1 }]);
  appendFileSync(join(folder.path, 'deep', 'notes.jsonl'), '{"n":');
  const again = await open(folder.path);
  expect(again.records).toEqual([{ n: 1 }]);
  await again.file.append([{ n: 2 }]);
  expect(readFileSync(join(folder.path, 'deep', 'notes.jsonl'), 'utf8')).toBe('{"n":1}\n{"n":2}\n');
});

test('leaves out what does not keep to the schema', async () => {
  await using folder = temporaryFolder();
  const { file } = await open(folder.path);
  await file.append([{ n: 1 }]);
  appendFileSync(join(folder.path, 'deep', 'notes.jsonl'), '{"n":"two"}\n{"n":3}\n');
  expect((await open(folder.path)).records).toEqual([{ n: 1 }, { n: 3 }]);
});

test('keeps two files at most, and the newest records', async () => {
  await using folder = temporaryFolder();
  const maxFileBytes = 100;
  const { file } = await open(folder.path, maxFileBytes);
  for (let n = 0; n < 200; n += 1) await file.append([{ n }]);
  const { records } = await open(folder.path, maxFileBytes);
  const [first] = records;
  expect(records.at(-1)).toEqual({ n: 199 });
  // Without a gap from the first that is left on.
  expect(records.map(({ n }) => n - (first?.n ?? 0))).toEqual(records.map((_, i) => i));
  expect(records.length).toBeGreaterThan(10);
  expect(records.length).toBeLessThan(30);
});
