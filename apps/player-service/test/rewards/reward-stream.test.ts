import { eventually } from '@hanok/testkit';
import { describe, expect, it } from 'vitest';
import { rewards } from '../../src/storage/entities.ts';
import { databaseKinds, startTestApp } from '../support/test-app.ts';

describe.each(databaseKinds)('the stream of a reward on $name', ({ create }) => {
  it('shows each step, whoever makes it, and ends when the reward is done', async () => {
    await using database = await create();
    await using app = await startTestApp({ databaseUrl: database.url });
    const repository = app.database.repository(rewards);
    const leased = { workedUntil: Date.now() + 600_000 };
    const { id } = await repository.insert({
      reason: 'SEASON',
      gold: 5,
      minLevel: 1,
      maxLevel: 9,
      upTo: 99,
      ...leased,
    });
    let text = '';
    const follow = async () => {
      const url = `/v1/rewards/${id}/stream`;
      const reply = await app.server.inject({ url, payloadAsStream: true });
      expect(reply.headers['content-type']).toContain('text/event-stream');
      for await (const chunk of reply.stream()) text += String(chunk);
    };
    const answer = follow();
    const seen = () =>
      [...text.matchAll(/^data: (?<data>.*)$/gmu)].map(({ groups }) => {
        const shown: unknown = JSON.parse(groups?.['data'] ?? '');
        return shown;
      });
    await eventually(() => expect(seen()).toMatchObject([{ status: 'running', players: 0 }]));
    await repository.update(id, { progress: 7, players: 3, totalGold: 15 });
    await eventually(() =>
      expect(seen().at(-1)).toMatchObject({ status: 'running', players: 3, totalAmount: 15 }),
    );
    await repository.update(id, { progress: 9, players: 4, status: 'done', finishedAt: Date.now() });
    await answer;
    expect(seen().at(-1)).toMatchObject({ id: String(id), status: 'done', players: 4 });
    expect((await app.send('GET', '/v1/rewards/4711/stream')).status).toBe(404);
  });
});
