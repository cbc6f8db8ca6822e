import { readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '@hanok/testkit';
import type { TemporaryFolder } from '@hanok/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Entry, Persist, Snapshot } from '../../../src/raft/raft-types.ts';
import { FileStorage } from '../../../src/raft/storage/file-storage.ts';
import { RaftStorageError } from '../../../src/raft/storage/raft-storage.ts';
import { sealRecord } from '../../../src/raft/storage/record-codec.ts';

let folder: TemporaryFolder;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder.remove());

const logPath = () => join(folder.path, 'raft.log');

function entry(index: number, term = 1, data = `e${index}`): Entry {
  return { index, term, kind: 'command', data };
}

function batch(entries: Entry[], term = 1, snapshot: Snapshot | null = null): Persist {
  const ack = { term, index: entries.at(-1)?.index ?? 0 };
  return { hardState: { term, vote: 'n1', commit: 0 }, snapshot, entries, ack };
}

async function reopened<T>(read: (storage: FileStorage) => T): Promise<T> {
  const storage = await FileStorage.open(folder.path, 'n1');
  try {
    return read(storage);
  } finally {
    await storage.close();
  }
}

async function withStorage(write: (storage: FileStorage) => Promise<void>): Promise<void> {
  const storage = await FileStorage.open(folder.path, 'n1');
  await write(storage);
  await storage.close();
}

describe('FileStorage', () => {
  test('gives back what was written, the last word for each index', async () => {
    await withStorage(async (storage) => {
      await storage.append([batch([entry(1), entry(2)]), batch([entry(3)])]);
      await storage.append([batch([entry(2, 2, 'other')], 2)]);
    });
    const recovered = await reopened((storage) => storage.recovered);
    expect(recovered.hardState).toEqual({ term: 2, vote: 'n1', commit: 0 });
    expect(recovered.entries).toEqual([entry(1), entry(2, 2, 'other')]);
  });

  test('keeps its identity, and belongs to one node', async () => {
    const first = await reopened(({ storageId }) => storageId);
    expect(await reopened(({ storageId }) => storageId)).toBe(first);
    await expect(FileStorage.open(folder.path, 'n2')).rejects.toThrow(/belongs to n1, not to n2/);
  });

  test('is used by one process at a time', async () => {
    const first = await FileStorage.open(folder.path, 'n1');
    await expect(FileStorage.open(folder.path, 'n1')).rejects.toThrow(/is in use by another process/);
    await first.close();
    await reopened(({ storageId }) => expect(storageId).toBe(first.storageId));
  });

  test('what is written together is one record, also when part of it replaces another part', async () => {
    await withStorage((storage) =>
      storage.append([batch([entry(1), entry(2), entry(3)]), batch([entry(2, 2)], 2), batch([], 3)]),
    );
    const { hardState, entries } = await reopened(({ recovered }) => recovered);
    expect([hardState.term, entries]).toEqual([3, [entry(1), entry(2, 2)]]);
    const bytes = await readFile(logPath());
    const first = 8 + bytes.readUInt32BE(0);
    expect(first + 8 + bytes.readUInt32BE(first)).toBe(bytes.length);
  });

  test('a write torn at any byte loses that write and nothing else', async () => {
    await withStorage((storage) => storage.append([batch([entry(1)])]));
    const before = (await readFile(logPath())).length;
    await withStorage((storage) => storage.append([batch([entry(2), entry(3)])]));
    const whole = await readFile(logPath());
    for (let length = before; length < whole.length; length += 1) {
      await writeFile(logPath(), whole);
      await truncate(logPath(), length);
      expect(await reopened(({ recovered }) => recovered.entries)).toEqual([entry(1)]);
    }
  });

  test('what follows a cut is readable: the torn end is gone from the file', async () => {
    await withStorage((storage) => storage.append([batch([entry(1)])]));
    await writeFile(logPath(), Buffer.concat([await readFile(logPath()), Buffer.alloc(100)]));
    await withStorage((storage) => storage.append([batch([entry(2)])]));
    expect(await reopened(({ recovered }) => recovered.entries)).toEqual([entry(1), entry(2)]);
  });

  test('damage before sound records is refused instead of forgotten', async () => {
    await withStorage(async (storage) => {
      await storage.append([batch([entry(1)])]);
      await storage.append([batch([entry(2)])]);
    });
    const bytes = await readFile(logPath());
    const firstAt = 8 + bytes.readUInt32BE(0);
    bytes.writeUInt8(bytes.readUInt8(firstAt + 12) ^ 1, firstAt + 12);
    await writeFile(logPath(), bytes);
    await expect(FileStorage.open(folder.path, 'n1')).rejects.toThrow(RaftStorageError);
  });

  test('a file that is no log is refused', async () => {
    await writeFile(logPath(), 'something else altogether');
    await expect(FileStorage.open(folder.path, 'n1')).rejects.toThrow(/is not a log/);
  });

  const snapshot: Snapshot = {
    index: 3,
    term: 2,
    configuration: [{ id: 'n1', host: 'h', port: 1, storageId: 'disk', voting: true }],
    data: '{"a":1}',
  };

  test('compaction leaves the snapshot and the rest of the log', async () => {
    await withStorage(async (storage) => {
      await storage.append([batch([entry(1), entry(2), entry(3, 2), entry(4, 2)], 2)]);
      const hardState = { term: 2, vote: 'n1', commit: 3 };
      await storage.compact({ snapshot, hardState, entries: [entry(3, 2), entry(4, 2)] });
      await storage.append([batch([entry(5, 2)], 2)]);
    });
    const recovered = await reopened((storage) => storage.recovered);
    expect(recovered.snapshot).toEqual(snapshot);
    expect(recovered.entries).toEqual([entry(4, 2), entry(5, 2)]);
  });

  test('a crash between the snapshot and the new log keeps a log that agrees with it', async () => {
    await withStorage((storage) =>
      storage.append([batch([entry(1), entry(2), entry(3, 2), entry(4, 2)], 2)]),
    );
    await keepOldLog();
    expect(await reopened(({ recovered }) => recovered.entries)).toEqual([entry(4, 2)]);
  });

  test('and drops one that went another way', async () => {
    await withStorage((storage) => storage.append([batch([entry(1), entry(2), entry(3), entry(4)])]));
    await keepOldLog();
    expect(await reopened(({ recovered }) => recovered.entries)).toEqual([]);
  });

  /** As after a crash: the snapshot file is new, the log file old. */
  async function keepOldLog(): Promise<void> {
    const old = await readFile(logPath());
    await withStorage((storage) => storage.append([batch([], 2, snapshot)]));
    await writeFile(logPath(), old);
  }

  test('a damaged snapshot is refused', async () => {
    await withStorage((storage) => storage.append([batch([], 2, snapshot)]));
    await writeFile(join(folder.path, 'raft.snapshot'), sealRecord(Buffer.from('x')).subarray(0, 8));
    await expect(FileStorage.open(folder.path, 'n1')).rejects.toThrow(/is damaged/);
  });
});
