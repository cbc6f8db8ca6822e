import { createSocket } from 'node:dgram';
import { eventually, freePort, seededRng } from '@hanok/testkit';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Membership, MembershipOptions } from '../../src/membership/membership.ts';
import { KeyRing } from '../../src/wire/key-ring.ts';
import { startMember, type TestMember } from './test-member.ts';

const started: TestMember[] = [];

// Detection takes its time.
vi.setConfig({ testTimeout: 60_000 });

afterEach(async () => {
  await Promise.all(started.splice(0).map((member) => member[Symbol.asyncDispose]()));
});

async function start(
  id: string,
  seeds: number[] = [],
  more: Partial<MembershipOptions> = {},
): Promise<TestMember> {
  const member = await startMember(id, seeds, more);
  started.push(member);
  return member;
}

async function startThree(): Promise<[TestMember, TestMember, TestMember]> {
  const a = await start('a');
  const b = await start('b', [a.port]);
  const c = await start('c', [a.port, b.port]);
  await eventually(() =>
    expect([a, b, c].map(aliveIds)).toEqual([
      ['a', 'b', 'c'],
      ['a', 'b', 'c'],
      ['a', 'b', 'c'],
    ]),
  );
  return [a, b, c];
}

const aliveIds = ({ membership }: { membership: Membership }) =>
  membership
    .aliveMembers()
    .map(({ id }) => id)
    .toSorted();

describe('Membership', () => {
  it('joins by a seed, and tells every member of every other', async () => {
    const [a, , c] = await startThree();
    expect(a.changes).toContain('joined c');
    expect(c.membership.members()[0]).toMatchObject({
      id: 'c',
      host: '127.0.0.1',
      port: c.port,
      state: 'alive',
    });
  });

  it('is a cluster of one without seeds, and when it is its own seed', async () => {
    const a = await start('a');
    await a.membership.join([{ host: '127.0.0.1', port: a.port }]);
    expect(aliveIds(a)).toEqual(['a']);
    expect(a.membership.status()).toEqual({ id: 'a', alive: 1, health: 0, isLeaving: false });
  });

  it('says when no seed answers, goes on trying, and joins when one comes', async () => {
    const port = await freePort();
    const a = await start('a');
    const joining = a.membership.join([{ host: '127.0.0.1', port }], { timeoutMs: 300 });
    await expect(joining).rejects.toMatchObject({ code: 'no-seed', retryable: true });
    await start('b', [], { port });
    await eventually(() => expect(aliveIds(a)).toEqual(['a', 'b']));
  });

  it('tells metadata, and its changes', async () => {
    const a = await start('a', [], { metadata: { zone: 'x' } });
    const b = await start('b', [a.port]);
    const seen = () => b.membership.members().find(({ id }) => id === 'a')?.metadata;
    expect(seen()).toEqual({ zone: 'x' });
    a.membership.setMetadata({ zone: 'y', weight: '2' });
    await eventually(() => expect(seen()).toEqual({ zone: 'y', weight: '2' }));
    expect(b.changes).toContain('updated a');
    expect(() => a.membership.setMetadata({ big: 'x'.repeat(513) })).toThrow(/at most 512 bytes/);
  });

  it('tells a leave as a leave', async () => {
    const [a, b, c] = await startThree();
    await c.membership.leave();
    await eventually(() => expect([a.stateOf('c'), b.stateOf('c')]).toEqual(['left', 'left']));
    expect([...a.changes, ...b.changes]).not.toContain('dead c');
    expect(() => c.membership.setMetadata({})).toThrow(/has left/);
    await c.membership.leave();
  });

  it('finds out a member that ended without a word, and takes it back', async () => {
    const [a, b, c] = await startThree();
    await c[Symbol.asyncDispose]();
    await eventually(() => expect([a.stateOf('c'), b.stateOf('c')]).toEqual(['dead', 'dead']), {
      timeoutMs: 30_000,
    });
    await start('c', [b.port], { port: c.port });
    await eventually(() => expect([a.stateOf('c'), b.stateOf('c')]).toEqual(['alive', 'alive']));
  });

  it('broadcasts to all but itself, once, and reports who got it', async () => {
    const [a, b, c] = await startThree();
    const heard: string[] = [];
    let failures = 1;
    b.membership.onBroadcast(({ from, text }) => void heard.push(`b from ${from}: ${text}`));
    c.membership.onBroadcast(({ text }) => {
      if (failures > 0) {
        failures -= 1;
        throw new Error('not now');
      }
      heard.push(`c: ${text}`);
    });
    const report = await a.membership.broadcast('hello', { id: 'm1' });
    expect(report).toEqual({ id: 'm1', delivered: ['b', 'c'], failed: [] });
    await a.membership.broadcast('hello', { id: 'm1' });
    expect(heard.toSorted()).toEqual(['b from a: hello', 'c: hello']);
    await expect(a.membership.broadcast('x'.repeat(300_000))).rejects.toMatchObject({ code: 'bad-request' });
  });

  it('reports who did not get a broadcast', async () => {
    const [a, , c] = await startThree();
    await c[Symbol.asyncDispose]();
    const report = await a.membership.broadcast('hello', { timeoutMs: 300 });
    expect(report.delivered).toEqual(['b']);
    expect(report.failed).toEqual([{ id: 'c', reason: 'no answer within 300 ms' }]);
  });

  it('keeps clusters of other names and keys apart, and counts what they send', async () => {
    const a = await start('a');
    const wrongKey = await start('b', [], { ring: new KeyRing('test', [Buffer.alloc(32, 2)]) });
    const wrongName = await start('c', [], { ring: new KeyRing('other', [Buffer.alloc(32, 1)]) });
    const seeds = [{ host: '127.0.0.1', port: a.port }];
    await expect(wrongKey.membership.join(seeds, { timeoutMs: 300 })).rejects.toThrow(/none of/);
    await expect(wrongName.membership.join(seeds, { timeoutMs: 300 })).rejects.toThrow(/none of/);
    await eventually(() => expect(a.drops.get('wrong-key')).toBeGreaterThan(0));
    await eventually(() => expect(a.drops.get('wrong-cluster')).toBeGreaterThan(0));
    expect(aliveIds(a)).toEqual(['a']);
  });

  it('changes the key of a running cluster, and nobody is suspected', async () => {
    const rings = ['a', 'b', 'c'].map(() => new KeyRing('test', [Buffer.alloc(32, 1)]));
    const [ringA, ringB] = rings;
    if (ringA === undefined || ringB === undefined) throw new Error('two rings');
    const a = await start('a', [], { ring: ringA, config: 'lan' });
    const b = await start('b', [a.port], { ring: ringB, config: 'lan' });
    const next = Buffer.alloc(32, 7);
    for (const ring of rings) ring.add(next);
    for (const ring of rings) ring.use(next);
    for (const ring of rings) ring.remove(Buffer.alloc(32, 1));
    expect((await a.membership.broadcast('under the new key')).delivered).toEqual(['b']);
    expect([...a.changes, ...b.changes].filter((change) => change.startsWith('dead'))).toEqual([]);
  });

  it('does not listen beyond loopback without a key', async () => {
    const open = start('a', [], { host: '0.0.0.0', ring: new KeyRing('test', []) });
    await expect(open).rejects.toMatchObject({ code: 'key-required' });
    await start('b', [], { ring: new KeyRing('test', []) });
  });

  it('says when its port is taken', async () => {
    const socket = createSocket('udp4');
    const port = await freePort();
    await new Promise<void>((done) => socket.bind({ port, address: '127.0.0.1' }, done));
    await expect(start('a', [], { port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await new Promise<void>((done) => socket.close(done));
  });

  it('lives through any noise on its port (seeded)', async () => {
    const a = await start('a');
    const b = await start('b', [a.port]);
    const rng = seededRng('udp noise');
    const socket = createSocket('udp4');
    const noise = () =>
      Buffer.from(Array.from({ length: Math.floor(rng.next() * 1_600) }, () => Math.floor(rng.next() * 256)));
    for (let run = 0; run < 300; run += 1) {
      await new Promise((done) => socket.send(noise(), a.port, '127.0.0.1', done));
    }
    await new Promise<void>((done) => socket.close(done));
    await eventually(() => expect(a.drops.total).toBeGreaterThan(0));
    expect((await b.membership.broadcast('still well')).delivered).toEqual(['a']);
  });
});
