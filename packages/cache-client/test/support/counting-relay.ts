import type { TestServer } from '@hanok/testkit';
import { connect, createServer, type AddressInfo } from 'node:net';

/** A way to a server that counts how often somebody waited for it. */
export interface CountingRelay extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** How often something was sent after the answers to what went before had begun to come, on all connections. */
  readonly roundTrips: number;
}

export async function startCountingRelay({
  host,
  port,
}: Pick<TestServer, 'host' | 'port'>): Promise<CountingRelay> {
  let roundTrips = 0;
  const relay = createServer((near) => {
    const far = connect({ host, port, noDelay: true });
    let isAsking = false;
    near.setNoDelay(true);
    near.on('data', (bytes) => {
      if (!isAsking) roundTrips += 1;
      isAsking = true;
      far.write(bytes);
    });
    far.on('data', (bytes) => {
      isAsking = false;
      near.write(bytes);
    });
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      one.on('error', () => other.destroy());
      one.on('close', () => other.destroy());
    }
  });
  await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve));
  return {
    host: '127.0.0.1',
    port: (relay.address() as AddressInfo).port,
    get roundTrips() {
      return roundTrips;
    },
    async [Symbol.asyncDispose]() {
      await new Promise((resolve) => relay.close(resolve));
    },
  };
}
