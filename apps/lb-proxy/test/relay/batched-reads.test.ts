import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { constants } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually, seededRng } from '@hanok/testkit';
import { DescriptorLedger } from '../../src/relay/linux/descriptor-ledger.ts';
import { loadLibc } from '../../src/relay/linux/libc.ts';
import { LinuxEngine } from '../../src/relay/linux/linux-engine.ts';
import { loadRingCalls, type RingCalls } from '../../src/relay/linux/ring-calls.ts';
import type { ConnectionEvents, RelayListener } from '../../src/relay/relay-engine.ts';
import { ENGINES } from '../fixtures/test-proxy.ts';

const CLIENTS = 40;
const BLOCK_BYTES = 3_000;
const BLOCKS = 40;

/** A kernel that takes fewer calls than it is given, or none, as one that is short of memory does. */
function stingy(calls: RingCalls): RingCalls {
  const rng = seededRng(7);
  let errno = 0;
  return {
    ...calls,
    enter(ring, count) {
      const chance = rng.next();
      if (chance < 0.3) {
        errno = chance < 0.1 ? constants.errno.EINTR : constants.errno.EAGAIN;
        return -1;
      }
      return calls.enter(ring, Math.ceil(count * rng.next()));
    },
    errno: () => (errno === 0 ? calls.errno() : errno),
  };
}

describe.each(ENGINES.includes('uring') ? ['all calls', 'few calls'] : [])(
  'with a kernel that takes %s',
  (taken) => {
    let echo: Server;
    let engine: LinuxEngine;
    let listener: RelayListener;
    let ledger: DescriptorLedger;
    let open = 0;

    beforeEach(async () => {
      const calls = await loadRingCalls();
      ledger = new DescriptorLedger();
      const settings = {
        bufferBytes: 16_384,
        connectTimeoutMs: 5_000,
        idleTimeoutMs: 0,
        halfClosedTimeoutMs: 0,
        keepAliveMs: 0,
      };
      engine = new LinuxEngine(
        settings,
        await loadLibc(),
        ledger,
        taken === 'all calls' ? calls : stingy(calls),
      );
      echo = createServer({ allowHalfOpen: true }, (socket) =>
        socket.on('error', () => undefined).pipe(socket),
      );
      echo.listen(0, '127.0.0.1');
      await once(echo, 'listening');
      const { port } = echo.address() as AddressInfo;
      const over = (): void => {
        open -= 1;
      };
      listener = await engine.listen(
        { host: '127.0.0.1', port: 0, backlog: 100, reusePort: false, inherited: [] },
        (client) => {
          open += 1;
          client.attach({
            gone: over,
            connectFailed: (code) => expect.fail(code),
            connected: () => undefined,
            responded: () => undefined,
            transferred: () => undefined,
            ended: over,
          } satisfies ConnectionEvents);
          client.connect({ host: '127.0.0.1', port });
        },
        (error) => expect.fail(error.message),
      );
    });

    afterEach(async () => {
      listener.close();
      engine.stop();
      ledger.closeAll(await loadLibc());
      echo.close();
    });

    it('gives every client its own bytes, in order, while others break off', async () => {
      const wrong: string[] = [];
      const rng = seededRng(11);
      const talk = async (index: number): Promise<void> => {
        const socket = connect(listener.port, '127.0.0.1');
        await once(socket, 'connect');
        let received = 0;
        const expected = (offset: number): number =>
          (index * 131 + Math.floor(offset / BLOCK_BYTES) * 17) & 0xff;
        socket.on('data', (bytes: Buffer) => {
          for (const byte of bytes) {
            if (byte !== expected(received)) wrong.push(`client ${index} at ${received}`);
            received += 1;
          }
        });
        const breaksOff = index % 4 === 3 ? Math.floor(rng.next() * BLOCKS) : BLOCKS;
        for (let block = 0; block < breaksOff; block++) {
          socket.write(Buffer.alloc(BLOCK_BYTES, expected(block * BLOCK_BYTES)));
          if (rng.next() < 0.5) await new Promise((resolve) => setImmediate(resolve));
        }
        if (breaksOff < BLOCKS) {
          socket.resetAndDestroy();
          return;
        }
        socket.end();
        await once(socket, 'close');
        expect(received).toBe(BLOCKS * BLOCK_BYTES);
      };
      await Promise.all(Array.from({ length: CLIENTS }, (_, index) => talk(index)));
      expect(wrong.slice(0, 10)).toEqual([]);
      await eventually(() => expect(open).toBe(0));
    });
  },
);
