/** Name of a member, unique in the cluster. 1 to 128 bytes. */
export type MemberId = string;

/** Where a member takes datagrams and streams. */
export interface Address {
  /** At most 255 bytes. */
  readonly host: string;
  readonly port: number;
}

/** What the cluster holds a member to be. `left` members went by themselves. */
export type Liveness = 'alive' | 'suspect' | 'dead' | 'left';

/** A member as this one knows it. */
export interface Member {
  readonly id: MemberId;
  readonly address: Address;
  readonly liveness: Liveness;
  /** Raised by the member alone, to overrule what was said of it before. */
  readonly incarnation: number;
  /** Opaque; at most 512 bytes. */
  readonly metadata: Uint8Array;
}

/** The longest metadata that fits the gossip. */
export const maxMetadataBytes = 512;

/** A piece of news, told from member to member. */
export type Update =
  | {
      readonly type: 'alive';
      readonly id: MemberId;
      readonly incarnation: number;
      readonly address: Address;
      readonly metadata: Uint8Array;
    }
  | {
      readonly type: 'suspect' | 'dead';
      readonly id: MemberId;
      readonly incarnation: number;
      /** Who says so. */ readonly from: MemberId;
    }
  | { readonly type: 'left'; readonly id: MemberId; readonly incarnation: number };

/** What a datagram is about, besides the news it carries. */
export type SwimMessage =
  | { readonly type: 'ping'; readonly seq: number; readonly target: MemberId; readonly from: MemberId }
  | { readonly type: 'ack'; readonly seq: number }
  /** "I probe for you, but the target does not answer me either": shows the asker that its own network works. */
  | { readonly type: 'nack'; readonly seq: number }
  | {
      readonly type: 'ping-request';
      readonly seq: number;
      readonly target: MemberId;
      readonly address: Address;
      readonly from: MemberId;
    }
  | { readonly type: 'gossip' };

/** One datagram. */
export interface Packet {
  readonly message: SwimMessage;
  readonly updates: readonly Update[];
}

/** `now` is the member's monotonic clock in milliseconds; it never goes backwards. */
export type SwimEvent =
  | { readonly type: 'tick'; readonly now: number }
  | { readonly type: 'receive'; readonly now: number; readonly from: Address; readonly packet: Packet }
  /** The stream probe asked for with this `seq` was answered. */
  | { readonly type: 'stream-acked'; readonly now: number; readonly seq: number }
  /** A peer's whole state came, be it asked for or as an answer. */
  | { readonly type: 'synced'; readonly now: number; readonly members: readonly Member[] }
  | { readonly type: 'join'; readonly now: number; readonly seeds: readonly Address[] }
  | { readonly type: 'set-metadata'; readonly now: number; readonly metadata: Uint8Array }
  | { readonly type: 'leave'; readonly now: number };

/** How a member changed. `joined` is also said of one that comes back from the dead. */
export type MemberChange = 'joined' | 'updated' | 'suspected' | 'alive' | 'dead' | 'left' | 'forgotten';

/** What the caller must do, in this order. */
export type SwimEffect =
  | { readonly type: 'send'; readonly to: Address; readonly packet: Packet }
  /** Ask the member over a stream whether it is there; answer with `stream-acked`, or with nothing. */
  | { readonly type: 'stream-probe'; readonly to: Address; readonly target: MemberId; readonly seq: number }
  /**
   * Exchange whole states (`wholeState`) over a stream; answer with `synced`, or with nothing.
   * Not needed when the peer's `liveDigest` is that of `unless`; null: in any case.
   */
  | { readonly type: 'sync'; readonly to: Address; readonly unless: number | null }
  | { readonly type: 'changed'; readonly change: MemberChange; readonly member: Member }
  /** Another process uses a member's id at another address. */
  | { readonly type: 'conflict'; readonly id: MemberId; readonly known: Address; readonly claimed: Address }
  /** The news of this member's leave has been told; it may go. */
  | { readonly type: 'departed' };
