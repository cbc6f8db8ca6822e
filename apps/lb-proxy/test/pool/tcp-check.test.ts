import { freePort } from '@hanok/testkit';
import { describe, expect, it } from 'vitest';
import { probeTcp } from '../../src/pool/tcp-check.ts';
import { startEcho } from '../fixtures/tcp.ts';

describe('probeTcp', () => {
  it('is good when a connection is accepted, and tells the address behind a name', async () => {
    await using server = await startEcho();
    const result = await probeTcp('localhost', server.port, 2_000);
    expect(result).toMatchObject({ check: { ok: true }, address: expect.stringMatching(/^(127\.|::1)/) });
  });

  it('tells a refusal', async () => {
    const port = await freePort();
    expect((await probeTcp('127.0.0.1', port, 2_000)).check).toMatchObject({ ok: false, reason: 'refused' });
  });

  it('calls a name that does not exist refused: nothing serves there', async () => {
    const { check, address } = await probeTcp('no-such-host.invalid', 9, 10_000);
    expect(check.ok).toBe(false);
    expect(address).toBeUndefined();
  });

  it('gives up in time', async () => {
    // TEST-NET-1 (RFC 5737): nobody answers there, or the network says that it cannot be reached.
    const startedMs = performance.now();
    const { check } = await probeTcp('192.0.2.1', 9, 100);
    expect(check.ok).toBe(false);
    expect(performance.now() - startedMs).toBeLessThan(5_000);
  });
});
