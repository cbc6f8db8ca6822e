import type { Clock } from '@hanok/service-kit';
import type { ClusterMember } from './cluster-member.ts';
import type { PeerMessage } from './peer-message.ts';

/** Who got a broadcast. */
export interface BroadcastReport {
  /** Given to every receiver; the same id is handed over once. */
  readonly id: string;
  /** Ids of the members that have taken it. */
  readonly delivered: readonly string[];
  /** Members that did not say that they took it; a failed one may have taken it all the same. */
  readonly failed: readonly { readonly id: string; readonly reason: string }[];
}

/** How a broadcast is sent. */
export interface BroadcastSending {
  readonly message: Extract<PeerMessage, { type: 'broadcast' }>;
  readonly receivers: readonly ClusterMember[];
  /** Each receiver is asked again until then. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly ask: (to: ClusterMember, message: PeerMessage, timeoutMs: number) => Promise<PeerMessage | null>;
}

/** So many members are sent to at the same time. */
const lanes = 32;
const attemptMs = 2_000;
const pauseMs = 200;

/** Sends to every receiver until it has answered or the time is over. */
export async function sendBroadcast(sending: BroadcastSending): Promise<BroadcastReport> {
  const waiting = [...sending.receivers];
  const delivered: string[] = [];
  const failed: { id: string; reason: string }[] = [];
  const endsAt = sending.clock.monotonicMs() + sending.timeoutMs;
  const lane = async (): Promise<void> => {
    for (let member = waiting.pop(); member !== undefined; member = waiting.pop()) {
      const reason = await sendToOne(sending, member, endsAt);
      if (reason === null) delivered.push(member.id);
      else failed.push({ id: member.id, reason });
    }
  };
  await Promise.all(Array.from({ length: Math.min(lanes, waiting.length) }, lane));
  return { id: sending.message.id, delivered: delivered.toSorted(), failed };
}

/** @returns why it failed, or null. */
async function sendToOne(
  sending: BroadcastSending,
  member: ClusterMember,
  endsAt: number,
): Promise<string | null> {
  const { clock, ask, message, timeoutMs } = sending;
  let reason = `not tried within ${timeoutMs} ms`;
  for (let leftMs = endsAt - clock.monotonicMs(); leftMs > 0; leftMs = endsAt - clock.monotonicMs()) {
    const answer = await ask(member, message, Math.min(leftMs, attemptMs));
    if (answer?.type === 'ok') return null;
    reason = answer === null ? `no answer within ${timeoutMs} ms` : 'the receiver could not handle it';
    await clock.sleep(Math.min(pauseMs, Math.max(0, endsAt - clock.monotonicMs())));
  }
  return reason;
}
