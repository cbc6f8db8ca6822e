import { connect } from 'node:net';
import { systemClock } from '@hanok/service-kit';
import { SecureStream, type SecureStreamOptions } from './secure-stream.ts';
import type { StreamReader } from './stream-listener.ts';
import type { StreamChannel } from './stream-hello.ts';

/** Whom to connect to. */
export interface DialOptions extends SecureStreamOptions {
  readonly host: string;
  readonly port: number;
  readonly channel: StreamChannel;
  /** The stream must be open by then: name resolution, connection and handshake together. Default 5,000. */
  readonly timeoutMs?: number | undefined;
}

/** A peer could not be reached, or did not hold the cluster's key. */
export class DialError extends Error {
  readonly code = 'CLUSTER_DIAL';
  readonly retryable = true;
  override name = 'DialError';
}

const defaultTimeoutMs = 5_000;

/**
 * Opens a stream to a member. `reader.onClose` is called once for a stream that was opened, and not otherwise.
 * @throws DialError with the cause.
 */
export function dialStream(options: DialOptions, reader: StreamReader): Promise<SecureStream> {
  const { host, port, channel, timeoutMs = defaultTimeoutMs } = options;
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    let opened = false;
    const deadline = (options.clock ?? systemClock).setTimer(timeoutMs, () => {
      socket.destroy(new Error(`no open stream within ${timeoutMs} ms`));
    });
    const fail = (cause: Error | null): void => {
      deadline.cancel();
      const reason = cause?.message ?? 'the peer ended the connection';
      reject(new DialError(`cannot reach ${host}:${port}: ${reason}`, { cause }));
    };
    socket.once('error', fail);
    socket.once('connect', () => {
      socket.off('error', fail);
      SecureStream.over(socket, channel, options, {
        onOpen: (stream) => {
          deadline.cancel();
          opened = true;
          resolve(stream);
        },
        onFrame: reader.onFrame,
        onClose: (error) => (opened ? reader.onClose(error) : fail(error)),
      });
    });
  });
}
