import { eventually } from '@hanok/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EventReader } from '../support/event-reader.ts';
import { SingleCoordinator } from '../support/single-coordinator.ts';

let coordinator: SingleCoordinator;
let url: string;
beforeAll(async () => {
  coordinator = await SingleCoordinator.start();
  url = await coordinator.listen();
  await coordinator.register('listening');
  await coordinator.register('deaf');
  await coordinator.register('speaking');
});
afterAll(() => coordinator[Symbol.asyncDispose]());

describe('POST /v1/broadcasts', () => {
  test('reaches all alive nodes but the sender, and tells whom', async () => {
    await using listening = await EventReader.open(`${url}/v1/events?node=listening`);
    await using speaking = await EventReader.open(`${url}/v1/events?node=speaking`);
    await Promise.all([listening, speaking].map((each) => each.next(({ event }) => event === 'snapshot')));
    const { status, body } = await coordinator.call('POST', '/v1/broadcasts', {
      message: { text: 'maintenance at noon' },
      from: 'speaking',
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      from: 'speaking',
      repeated: false,
      delivered: ['coordinator-1', 'listening'],
      failed: [{ id: 'deaf' }],
    });
    const heard = await listening.next(({ event }) => event === 'broadcast');
    expect(heard.data).toMatchObject({
      id: body['id'],
      from: 'speaking',
      message: { text: 'maintenance at noon' },
    });
    await coordinator.register('marker');
    await speaking.next(({ event }) => event === 'node');
    expect(speaking.of('broadcast')).toEqual([]);
  });

  test('who was away gets it on resuming', async () => {
    const { revision } = coordinator.coordination.registry;
    await coordinator.call('POST', '/v1/broadcasts', { message: 'later' });
    await using deaf = await EventReader.open(`${url}/v1/events?node=deaf&since=${revision}`);
    expect((await deaf.next(({ event }) => event === 'broadcast')).data['message']).toBe('later');
  });

  test('an id is taken once', async () => {
    const { revision } = coordinator.coordination.registry;
    const first = await coordinator.call('POST', '/v1/broadcasts', { id: 'once', message: 1 });
    const second = await coordinator.call('POST', '/v1/broadcasts', { id: 'once', message: 2 });
    expect([first.body['repeated'], second.body['repeated']]).toEqual([false, true]);
    expect(second.body['message']).toBe(1);
    expect(coordinator.coordination.registry.revision).toBe(revision + 1);
  });

  test('dead coordinators are not counted among the alive', async () => {
    coordinator.members.change('dead', { id: 'coordinator-2', host: '127.0.0.1', port: 1, state: 'dead' });
    coordinator.members.change('alive', { id: 'coordinator-3', host: '127.0.0.1', port: 1, state: 'alive' });
    const { body } = await coordinator.call('POST', '/v1/broadcasts', {
      message: null,
      from: 'coordinator-1',
    });
    const failed = (body['failed'] as { id: string }[]).map(({ id }) => id);
    expect(failed).toContain('coordinator-3');
    expect(failed).not.toContain('coordinator-2');
    await eventually(() => body['delivered'] !== undefined);
  });

  test.each([
    [{}, 'body.message'],
    [{ message: 'x', from: 'a b' }, 'body.from'],
    [{ message: 'x', id: '' }, 'body.id'],
    [{ message: 'x'.repeat(4_095) }, 'body.message'],
    [{ message: 'x', to: 'y' }, 'body.to'],
  ])('%o is refused, naming %s', async (body, field) => {
    const refused = await coordinator.call('POST', '/v1/broadcasts', body);
    expect(refused.status).toBe(400);
    expect(refused.body['errors']).toMatchObject([{ field }]);
  });

  test('a message nested so deeply that it cannot be written as text is refused', async () => {
    const refused = await coordinator.server.inject({
      method: 'POST',
      url: '/v1/broadcasts',
      headers: { host: '127.0.0.1', 'content-type': 'application/json' },
      payload: `{"message":${'['.repeat(20_000)}${']'.repeat(20_000)}}`,
    });
    expect(refused.statusCode).toBe(400);
    expect(refused.json()).toMatchObject({ errors: [{ field: 'body.message' }] });
  });
});
