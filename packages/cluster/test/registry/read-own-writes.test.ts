import { SimulatedClock } from '@hanok/testkit';
import { describe, expect, test } from 'vitest';
import { RegistryState } from '../../src/registry/registry-state.ts';
import type { Registration, RegistryCommand } from '../../src/registry/registry-types.ts';
import { Registry } from '../../src/registry/registry.ts';

const registration: Registration = {
  id: 'a',
  service: 'player-service',
  host: '127.0.0.1',
  port: 8001,
  state: 'ready',
  ttlMs: 10_000,
  metadata: {},
};
const call = { caller: 'c', number: 1, settled: 1 };
const put: RegistryCommand = { op: 'put', call, registration, at: '2026-01-01T00:00:00.000Z' };

/** A coordinator whose own copy is behind the leader's until `catchUp` is called. */
function behindTheLeader() {
  const clock = new SimulatedClock();
  const [leaderState, ownState] = [new RegistryState(), new RegistryState()];
  let index = 0;
  const apply = (state: RegistryState, command: RegistryCommand) =>
    state.apply({ kind: 'command', index: ++index, term: 1, data: JSON.stringify(command) });
  const leader = { ask: async () => JSON.stringify(apply(leaderState, put)) };
  return { clock, registry: new Registry(ownState, leader, clock), catchUp: () => apply(ownState, put) };
}

describe('a write through a coordinator that is behind', () => {
  test('is answered once its own copy shows it', async () => {
    const { clock, registry, catchUp } = behindTheLeader();
    let seen: unknown = 'not answered';
    const write = registry.register(registration).then(() => (seen = registry.get('a')));
    await clock.advance(100);
    expect(seen).toBe('not answered');
    catchUp();
    await write;
    expect(seen).toMatchObject(registration);
  });

  test('is answered all the same when that takes too long', async () => {
    const { clock, registry } = behindTheLeader();
    const write = registry.register(registration);
    await clock.advance(500);
    expect(await write).toMatchObject({ outcome: 'registered' });
    expect(registry.get('a')).toBeNull();
  });
});
