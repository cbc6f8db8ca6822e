import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { seededRng, temporaryFolder } from '@hanok/testkit';
import { describe, expect, it } from 'vitest';
import { FileStorage } from '../../src/raft/storage/file-storage.ts';
import { RaftStorageError } from '../../src/raft/storage/raft-storage.ts';
import { sealRecord } from '../../src/raft/storage/record-codec.ts';
import type { Entry } from '../../src/raft/raft-types.ts';
import { fuzzRuns, fuzzSeed, mutate } from './mutate.ts';
import { snapshot } from './samples.ts';

const written: readonly Entry[] = [4, 5, 6, 7, 8].map((index) => ({
  index,
  term: 2,
  kind: 'command',
  data: `{"number":${index}}`,
}));

/** A folder with a snapshot and a log of five writes behind it. */
async function fill(folder: string): Promise<void> {
  const storage = await FileStorage.open(folder, 'n1');
  await storage.compact({ snapshot, hardState: { term: 2, vote: 'n1', commit: 3 }, entries: [] });
  for (const entry of written) {
    const hardState = { term: 2, vote: 'n1', commit: entry.index - 1 };
    await storage.append([
      { hardState, snapshot: null, entries: [entry], ack: { term: 2, index: entry.index } },
    ]);
  }
  await storage.close();
}

/** Each input is a file that is written and read; a few are as good as many. */
const runs = Math.max(150, Math.floor(fuzzRuns / 10));

describe('a data folder with a damaged file (seeded)', () => {
  it.each(['raft.log', 'raft.snapshot'])(
    '%s: is refused, or nothing is made up',
    { timeout: 3_600_000 },
    async (name) => {
      await using folder = temporaryFolder();
      await fill(folder.path);
      const path = join(folder.path, name);
      const sound = await readFile(path);
      const log = await readFile(join(folder.path, 'raft.log'));
      const rng = seededRng(`${fuzzSeed} ${name}`);
      const outcomes = { refused: 0, shortened: 0, whole: 0 };
      for (let run = 0; run < runs; run += 1) {
        await writeFile(join(folder.path, 'raft.log'), log);
        const bytes = mutate(sound, rng);
        await writeFile(path, bytes);
        try {
          const storage = await FileStorage.open(folder.path, 'n1');
          await storage.close();
          const { entries } = storage.recovered;
          // A write that a crash cut short may be left out, and all behind it; nothing else.
          expect(entries).toEqual(written.slice(0, entries.length));
          expect(storage.recovered.snapshot).toEqual(snapshot);
          outcomes[entries.length === written.length ? 'whole' : 'shortened'] += 1;
        } catch (error) {
          if (!(error instanceof RaftStorageError)) {
            throw new Error(`run ${run} of ${fuzzSeed}: ${bytes.toString('hex')}`, { cause: error });
          }
          outcomes.refused += 1;
        }
      }
      expect(outcomes.refused).toBeGreaterThan(runs / 4);
    },
  );

  it.each(['raft.log', 'raft.snapshot'])('%s: a sound record of something else is refused', async (name) => {
    await using folder = temporaryFolder();
    await fill(folder.path);
    await writeFile(join(folder.path, name), sealRecord(Buffer.from('something else')));
    await expect(FileStorage.open(folder.path, 'n1')).rejects.toThrow(RaftStorageError);
  });
});
