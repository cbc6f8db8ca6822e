/** Longest message, bytes; both sides must use the same. */
export const MAX_MESSAGE_BYTES = 192 * 1_024;

/** The other side has ended, does not answer in time, or a message came without all of its descriptors. */
export class ChannelError extends Error {
  override readonly name = 'ChannelError';
  readonly code: 'ended' | 'timeout' | 'partial';

  constructor(code: ChannelError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

export const hasEnded = (): ChannelError => new ChannelError('ended', 'the other lb-proxy has ended');
export const answersLate = (deadlineMs: number): ChannelError =>
  new ChannelError('timeout', `the other lb-proxy did not answer within ${deadlineMs} ms`);

/** A message and the descriptors that came with it, open in this process. */
export interface Delivery<M> {
  readonly message: M;
  readonly descriptors: readonly number[];
}

/** What two lb-proxies say to each other during an upgrade, in order and without loss. */
export interface UpgradeChannel<Sent extends object, Received extends object> {
  /**
   * Sends all of it or nothing. The descriptors stay open here; a platform that moves no sockets takes none.
   * @throws ChannelError
   */
  send(message: Sent, descriptors: readonly number[], deadlineMs: number): Promise<void>;
  /** The next message. @throws ChannelError; descriptors of a message that came in part are closed */
  receive(deadlineMs: number): Promise<Delivery<Received>>;
  /** Settles what was said: nothing passes any more, but what had been sent by now can still be received. */
  cutOff(): void;
  /** Closes descriptors that came with a message. */
  closeAll(descriptors: readonly number[]): void;
  close(): void;
}

/** Where successors knock. */
export interface UpgradeDoor<Sent extends object, Received extends object> {
  /** The next one that has connected, if one has. */
  accept(): UpgradeChannel<Sent, Received> | undefined;
  close(): void;
}

/** How processes of one machine find and reach each other, and what they can hand over. */
export interface UpgradePlatform {
  /** Sockets can be given to another process, which goes on with them. */
  readonly movesSockets: boolean;
  /**
   * The path to use.
   * @throws ConfigError when it is too long, or in a folder that others can enter
   */
  checkPath(path: string): string;
  /** Connects to the process that listens there; undefined when there is none. */
  connect<Sent extends object, Received extends object>(
    path: string,
  ): Promise<UpgradeChannel<Sent, Received> | undefined>;
  /** Listens there instead of whoever did. @throws the system's error */
  listen<Sent extends object, Received extends object>(path: string): Promise<UpgradeDoor<Sent, Received>>;
}
