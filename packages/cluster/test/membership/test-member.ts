import { freePort } from '@hanok/testkit';
import { Membership, type MembershipOptions } from '../../src/membership/membership.ts';
import { DropCounts } from '../../src/wire/drop-counts.ts';
import { KeyRing } from '../../src/wire/key-ring.ts';
import { StreamListener } from '../../src/wire/stream-listener.ts';

/** A member in this process, on real sockets. */
export interface TestMember extends AsyncDisposable {
  readonly membership: Membership;
  readonly drops: DropCounts;
  readonly port: number;
  readonly changes: string[];
  /** What it holds the member to be. */
  stateOf(id: string): string | undefined;
}

/** Starts a member that joins by the ports given. */
export async function startMember(
  id: string,
  seedPorts: readonly number[] = [],
  more: Partial<MembershipOptions> = {},
): Promise<TestMember> {
  const ring = more.ring ?? new KeyRing('test', [Buffer.alloc(32, 1)]);
  const drops = new DropCounts();
  const port = more.port ?? (await freePort());
  const listener = new StreamListener({ host: '127.0.0.1', port, ring, drops });
  await listener.listen();
  const options = { id, host: '127.0.0.1', port, listener, drops, config: 'local' as const, ...more, ring };
  const membership = await Membership.start(options);
  const changes: string[] = [];
  membership.watch((change, member) => changes.push(`${change} ${member.id}`));
  if (seedPorts.length > 0)
    await membership.join(seedPorts.map((seed) => ({ host: '127.0.0.1', port: seed })));
  return {
    membership,
    drops,
    port,
    changes,
    stateOf: (other) => membership.members().find((member) => member.id === other)?.state,
    async [Symbol.asyncDispose]() {
      await membership.close();
      await listener.close();
    },
  };
}
