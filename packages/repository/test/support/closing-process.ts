import { openDatabase } from '../../src/index.ts';
import { samples } from './entities.ts';
import { tablesOf } from './engines.ts';

/** Writes enough for the log to be copied by its own thread, closes, and ends by itself. */
const database = await openDatabase(`sqlite:${process.argv[2] ?? ''}`);
await database.migrate(tablesOf([samples]));
const repository = database.repository(samples);
for (let group = 0; group < 6; group += 1) {
  await Promise.all(
    Array.from({ length: 64 }, (_, index) =>
      repository.upsert({ key: `key ${index}`, words: 'x'.repeat(60_000), whole: group }),
    ),
  );
}
await database.close();
process.stdout.write('closed\n');
