import { temporaryFolder } from '@hanok/testkit';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { playerOf } from './support/answers.ts';
import { startTestApp } from './support/test-app.ts';

it('leaves no name and no address in the files of the database once a player is erased', async () => {
  await using folder = temporaryFolder();
  const databaseUrl = `sqlite:${folder.path}/hanok.db`;
  {
    await using app = await startTestApp({ databaseUrl, undoMs: 0 });
    const ids: string[] = [];
    for (let i = 0; i < 40; i += 1) {
      const body = {
        username: `Forgotten-${i}`,
        email: `forgotten-${i}@example.com`,
        deviceId: `forgotten-device-${i}`,
      };
      const headers = { 'idempotency-key': `create-${i}` };
      const { id } = playerOf(await app.send('POST', '/v1/players', { body, headers }));
      const renamed = { username: `Forgotten-again-${i}` };
      await app.send('PATCH', `/v1/players/${id}`, {
        body: renamed,
        headers: { 'idempotency-key': `patch-${i}` },
      });
      await app.send('PUT', `/v1/players/${id}/data`, { body: { note: `forgotten note ${i}` } });
      ids.push(id);
    }
    // Every second one, last of all: nothing that is written later covers what they leave.
    for (const id of ids.filter((_, i) => i % 2 === 0)) {
      expect((await app.send('DELETE', `/v1/players/${id}`)).status).toBe(204);
    }
  }
  const files = readdirSync(folder.path);
  const contents = files.map((name) =>
    readFileSync(join(folder.path, name)).toString('latin1').toLowerCase(),
  );
  const isThere = (text: string) => contents.some((content) => content.includes(text));
  expect(isThere('forgotten-again-1'), 'the search can find what is there').toBe(true);
  for (let i = 0; i < 40; i += 2) {
    for (const text of [`forgotten-${i}@`, `forgotten-again-${i}"`, `forgotten note ${i}"`]) {
      expect(isThere(text), text).toBe(false);
    }
  }
});
