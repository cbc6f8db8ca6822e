import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { constants } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '@hanok/testkit';
import { DescriptorLedger } from '../../src/relay/linux/descriptor-ledger.ts';
import { loadLibc, type Libc } from '../../src/relay/linux/libc.ts';
import { loadRingCalls, type RingCalls } from '../../src/relay/linux/ring-calls.ts';
import { Sockets } from '../../src/relay/linux/sockets.ts';
import { MAX_CALLS, SubmissionRing } from '../../src/relay/linux/submission-ring.ts';
import { ENGINES } from '../fixtures/test-proxy.ts';

const { EAGAIN, EBADF } = constants.errno;
const LENGTH = 64;

describe.each(ENGINES.filter((engine) => engine === 'uring'))('the ring of the %s engine', () => {
  const server = createServer();
  const bytes = new Uint8Array(LENGTH * MAX_CALLS);
  const results = new Int32Array(MAX_CALLS);
  let libc: Libc;
  let calls: RingCalls;
  let ledger: DescriptorLedger;
  let ring: SubmissionRing;
  let sockets: Sockets;

  beforeEach(async () => {
    libc = await loadLibc();
    calls = await loadRingCalls();
    ledger = new DescriptorLedger();
    ring = new SubmissionRing(calls, ledger);
    sockets = new Sockets(libc, ledger);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });

  afterEach(async () => {
    ledger.closeAll(libc);
    server.close();
    await once(server, 'close');
  });

  /** A non-blocking socket of ours and Node's end of it. */
  async function connection(): Promise<{ fd: number; far: Socket }> {
    const accepted = once(server, 'connection');
    const fd = sockets.connect({ host: '127.0.0.1', port: (server.address() as AddressInfo).port }, 0);
    const [far] = (await accepted) as [Socket];
    return { fd, far };
  }

  const slot = (index: number): [number, number] => {
    const address = calls.addressOf(bytes) + BigInt(index * LENGTH);
    return [Number(BigInt.asIntN(32, address)), Number(address >> 32n)];
  };

  it('tells at once that there is nothing to receive, and that a descriptor is closed', async () => {
    const { fd } = await connection();
    ring.recv(fd, ...slot(0), LENGTH);
    ring.recv(-1, ...slot(1), LENGTH);
    ring.send(-1, ...slot(2), LENGTH);
    expect(ring.submit(results)).toBe(3);
    expect([...results.subarray(0, 3)]).toEqual([-EAGAIN, -EBADF, -EBADF]);
  });

  it('sends and receives for as many as it has room for, each at its place, over and over', async () => {
    const { fd, far } = await connection();
    far.pipe(far);
    for (let round = 0; round < 8; round++) {
      for (let index = 0; index < MAX_CALLS; index++) {
        bytes.fill(round * 31 + index, index * LENGTH, (index + 1) * LENGTH);
        ring.send(fd, ...slot(index), LENGTH);
      }
      expect(ring.submit(results)).toBe(MAX_CALLS);
      expect(results.every((result) => result === LENGTH)).toBe(true);
      const sent = bytes.slice();
      bytes.fill(0);
      let received = 0;
      await eventually(() => {
        while (received < MAX_CALLS) {
          ring.recv(fd, ...slot(received), LENGTH);
          expect(ring.submit(results)).toBe(1);
          if (results[0] === -EAGAIN) return false;
          expect(results[0]).toBe(LENGTH);
          received += 1;
        }
        return true;
      });
      expect(Buffer.compare(bytes, sent)).toBe(0);
    }
  });

  it('is refused with the error of the system when there are no descriptors left', () => {
    const refused: RingCalls = { ...calls, setup: () => -1, errno: () => constants.errno.EPERM };
    expect(() => new SubmissionRing(refused, ledger)).toThrow('io_uring_setup: EPERM');
  });

  it('says how many calls were carried out when the kernel takes no more, and goes on afterwards', async () => {
    const { fd, far } = await connection();
    const taken: number[] = [];
    let stingy = true;
    const few: RingCalls = {
      ...calls,
      enter: (descriptor, count) => {
        if (!stingy) return calls.enter(descriptor, count);
        if (taken.length > 0) return -1;
        taken.push(2);
        return calls.enter(descriptor, 2);
      },
      errno: () => EAGAIN,
    };
    const other = new SubmissionRing(few, ledger);
    bytes.set(Buffer.from('abcd'));
    const [low, high] = slot(0);
    for (let index = 0; index < 4; index++) other.send(fd, low + index, high, 1);
    expect(other.submit(results)).toBe(2);
    stingy = false;
    other.send(fd, low + 3, high, 1);
    expect(other.submit(results)).toBe(1);
    const [received] = (await once(far, 'data')) as [Buffer];
    expect(received.toString()).toMatch(/^abd?$/);
  });
});
