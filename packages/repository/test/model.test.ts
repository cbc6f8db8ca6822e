import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { everyRow } from '../src/index.ts';
import { players } from './support/entities.ts';
import { opened, postgres, sqliteFile, sqliteMemory } from './support/engines.ts';
import { playerCommands } from './support/player-commands.ts';
import { PlayerModel } from './support/player-model.ts';

const runs = [
  { engine: sqliteMemory, numRuns: 200 },
  { engine: sqliteFile, numRuns: 60 },
  { engine: postgres, numRuns: 40 },
];

it.each(runs)('behaves like a plain table in memory on $engine.name', async ({ engine, numRuns }) => {
  await using test = await opened(engine, [players]);
  const { database } = test;
  const repository = database.repository(players);
  const property = fc.asyncProperty(
    fc.commands([playerCommands()], { maxCommands: 30, size: 'max' }),
    async (commands) => {
      await repository.deleteWhere(everyRow);
      const model = new PlayerModel();
      const setup = () => ({ model, real: { database } });
      await fc.asyncModelRun(setup, commands);
      expect((await repository.findMany({ limit: 1_000 })).items).toEqual(model.all());
    },
  );
  await fc.assert(property, { numRuns, seed: 20_260_101, endOnFailure: false });
});
