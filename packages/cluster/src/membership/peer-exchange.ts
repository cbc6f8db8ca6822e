import type { Clock } from '@hanok/service-kit';
import type { Address } from '../swim/swim-types.ts';
import { dialStream } from '../wire/dial-stream.ts';
import type { DropCounts } from '../wire/drop-counts.ts';
import type { KeyRing } from '../wire/key-ring.ts';
import type { SecureStream } from '../wire/secure-stream.ts';
import type { StreamReader } from '../wire/stream-listener.ts';
import { WireError } from '../wire/wire-error.ts';
import { decodePeerMessage, encodePeerMessage, type PeerMessage } from './peer-message.ts';

/** What both sides of an exchange need. */
export interface PeerExchangeOptions {
  readonly ring: KeyRing;
  readonly drops: DropCounts;
  readonly clock: Clock;
}

/** Answers a peer's question; null says nothing and ends the stream. */
export type Answerer = (question: PeerMessage) => Promise<PeerMessage | null>;

/** An asker that goes on holding the stream open is cut off after this. */
const lingerMs = 10_000;

/**
 * Asks a member something over a stream of its own.
 * @returns the answer, or null when none came in time.
 */
export async function askPeer(
  options: PeerExchangeOptions,
  to: Address,
  question: PeerMessage,
  timeoutMs: number,
): Promise<PeerMessage | null> {
  const { ring, drops, clock } = options;
  const answer = Promise.withResolvers<PeerMessage | null>();
  const reader: StreamReader = {
    onFrame: (payload) => answer.resolve(decodeOrCount(payload, drops)),
    onClose: () => answer.resolve(null),
  };
  const deadline = clock.setTimer(timeoutMs, () => answer.resolve(null));
  let stream: SecureStream | null = null;
  try {
    stream = await dialStream({ ...to, channel: 'gossip', ring, drops, clock, timeoutMs }, reader);
    stream.send(encodePeerMessage(question));
    return await answer.promise;
  } catch {
    return null;
  } finally {
    deadline.cancel();
    stream?.destroy();
  }
}

/** Takes a peer's question and sends the answer. */
export function answerPeer(
  options: PeerExchangeOptions,
  stream: SecureStream,
  answerer: Answerer,
): StreamReader {
  const deadline = options.clock.setTimer(lingerMs, () => stream.destroy());
  let asked = false;
  return {
    onFrame: (payload) => {
      const question = asked ? null : decodeOrCount(payload, options.drops);
      asked = true;
      if (question === null) stream.destroy();
      else void reply(stream, question, answerer);
    },
    onClose: () => deadline.cancel(),
  };
}

async function reply(stream: SecureStream, question: PeerMessage, answerer: Answerer): Promise<void> {
  const answer = await answerer(question);
  if (answer !== null) stream.send(encodePeerMessage(answer));
  stream.end();
}

function decodeOrCount(payload: Buffer, drops: DropCounts): PeerMessage | null {
  try {
    return decodePeerMessage(payload);
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    drops.add(error.reason);
    return null;
  }
}
