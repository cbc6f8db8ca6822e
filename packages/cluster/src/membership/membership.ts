import { randomUUID } from 'node:crypto';
import { isLoopbackHost, systemClock, systemRng, type Clock, type Rng, type Timer } from '@hanok/service-kit';
import { liveDigest } from '../swim/live-digest.ts';
import { nextWakeAt, step } from '../swim/step.ts';
import { swimPresets, type SwimConfig, type SwimPreset } from '../swim/swim-config.ts';
import { createSwimState, wholeState, type SwimState } from '../swim/swim-state.ts';
import type { Address, Member, MemberChange, SwimEffect, SwimEvent } from '../swim/swim-types.ts';
import { maxDatagramPayloadBytes } from '../wire/datagram-box.ts';
import type { DropCounts } from '../wire/drop-counts.ts';
import type { KeyRing } from '../wire/key-ring.ts';
import type { StreamListener } from '../wire/stream-listener.ts';
import { BroadcastInbox, type BroadcastHandler } from './broadcast-inbox.ts';
import { sendBroadcast, type BroadcastReport } from './broadcast-sender.ts';
import { encodeMetadata, toClusterMember, type ClusterMember } from './cluster-member.ts';
import { DatagramSocket } from './datagram-socket.ts';
import { MembershipError } from './membership-error.ts';
import { answerPeer, askPeer } from './peer-exchange.ts';
import { maxBroadcastBytes, type PeerMessage } from './peer-message.ts';

/** How to take part. */
export interface MembershipOptions {
  /** Unique in the cluster; 1 to 128 bytes. */
  readonly id: string;
  /** Address to listen on for datagrams. Any other than loopback needs a key on the ring. */
  readonly host: string;
  /** UDP; the other members use the same number for streams. */
  readonly port: number;
  /** Where the others reach this member. Default: `host`. */
  readonly advertiseHost?: string | undefined;
  /** Free text by key for the others to see; at most 512 bytes as JSON. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  /** Listens on the same port. It may be shared with Raft, and is closed by whoever made it. */
  readonly listener: StreamListener;
  readonly ring: KeyRing;
  /** Dropped datagrams and frames are counted here. */
  readonly drops: DropCounts;
  /** Default `lan`. */
  readonly config?: SwimPreset | SwimConfig | undefined;
  readonly clock?: Clock | undefined;
  readonly rng?: Rng | undefined;
  readonly logger?: MembershipLogger | undefined;
}

/** The part of a pino logger that membership uses. */
export interface MembershipLogger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

/** Told of each change of another member. */
export type MembershipWatcher = (change: MemberChange, member: ClusterMember) => void;

/** How to send a broadcast. */
export interface BroadcastOptions {
  /** Who has not answered by then has failed. Default 5,000. */
  readonly timeoutMs?: number | undefined;
  /** Receivers hand over the same id once; at most 128 bytes. Default a random one. */
  readonly id?: string | undefined;
}

/** Figures for operators. */
export interface MembershipStatus {
  readonly id: string;
  readonly alive: number;
  /** 0 is well; higher when this member's own network or processor seems slow. */
  readonly health: number;
  readonly isLeaving: boolean;
}

type EventBody = SwimEvent extends infer E ? (E extends SwimEvent ? Omit<E, 'now'> : never) : never;

const joinTimeoutMs = 10_000;
const leaveTimeoutMs = 3_000;
const broadcastTimeoutMs = 5_000;
const syncTimeoutMs = 5_000;
const maxSyncs = 32;

/**
 * Who is in the cluster and seems alive: SWIM with Lifeguard over UDP and TCP. Eventually all members agree; at any
 * moment they may not, so nothing that must be decided once may rest on it: that is what the election is for.
 */
export class Membership {
  readonly #options: MembershipOptions;
  readonly #clock: Clock;
  readonly #config: SwimConfig;
  readonly #state: SwimState;
  readonly #socket: DatagramSocket;
  readonly #watchers = new Set<MembershipWatcher>();
  readonly #inbox = new BroadcastInbox();
  readonly #syncing = new Set<string>();
  readonly #joining = new Set<PromiseWithResolvers<void>>();
  readonly #departed = Promise.withResolvers<void>();
  #timer: Timer | null = null;
  #closed = false;

  /**
   * Opens the UDP port and is then a cluster of one, until it joins another.
   * @throws MembershipError `key-required`; RangeError for settings out of bounds; the system's error for the port.
   */
  static async start(options: MembershipOptions): Promise<Membership> {
    if (options.ring.isOpen && !isLoopbackHost(options.host)) {
      throw new MembershipError('key-required', `a cluster key is required to listen on ${options.host}`);
    }
    const membership = new Membership(options);
    await membership.#open();
    return membership;
  }

  private constructor(options: MembershipOptions) {
    const { clock = systemClock, rng = systemRng, config = 'lan', advertiseHost = options.host } = options;
    this.#options = options;
    this.#clock = clock;
    this.#config = typeof config === 'string' ? swimPresets[config] : config;
    this.#state = createSwimState({
      id: options.id,
      address: { host: advertiseHost, port: options.port },
      metadata: encodeMetadata(options.metadata ?? {}),
      config: this.#config,
      // The wall clock: higher than in any earlier life, unless it was set back; then the others tell.
      incarnation: clock.now(),
      seed: Math.floor(rng.next() * 2 ** 32),
      now: clock.monotonicMs(),
      packetBytes: maxDatagramPayloadBytes,
    });
    this.#socket = new DatagramSocket({
      ...options,
      clock,
      onPacket: (packet, from) => this.#give({ type: 'receive', packet, from }),
    });
  }

  /**
   * Joins the cluster that any of the seeds belongs to; the chapter's "join cluster". Seeds that do not answer, and
   * those that vanish later, are asked again for as long as this member lives.
   * @throws MembershipError `no-seed` when none answered within `timeoutMs` (default 10,000), and trying goes on;
   *   `closed` when this member ended meanwhile.
   */
  async join(seeds: readonly Address[], { timeoutMs = joinTimeoutMs } = {}): Promise<void> {
    this.#refuseWhenClosed();
    const { host, port } = this.#state.self.address;
    const others = seeds.filter((seed) => seed.host !== host || seed.port !== port);
    if (others.length === 0) return;
    const answered = Promise.withResolvers<void>();
    this.#joining.add(answered);
    const names = others.map((seed) => `${seed.host}:${seed.port}`).join(', ');
    const timer = this.#clock.setTimer(timeoutMs, () => {
      answered.reject(new MembershipError('no-seed', `none of ${names} answered within ${timeoutMs} ms`));
    });
    this.#give({ type: 'join', seeds: others });
    try {
      await answered.promise;
    } finally {
      timer.cancel();
      this.#joining.delete(answered);
    }
  }

  /** All members known, this one first, dead ones too for as long as they are remembered. */
  members(): ClusterMember[] {
    return wholeState(this.#state).map(toClusterMember);
  }

  /** Those that are not known to be dead or gone, this one included; the chapter's "list alive nodes". */
  aliveMembers(): ClusterMember[] {
    return this.members().filter(({ state }) => state === 'alive' || state === 'suspect');
  }

  /** Calls back on each change of another member. @returns what ends it. */
  watch(watcher: MembershipWatcher): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /** Tells the others new metadata. @throws MembershipError `bad-request` above 512 bytes. */
  setMetadata(metadata: Readonly<Record<string, string>>): void {
    this.#refuseWhenClosed();
    this.#give({ type: 'set-metadata', metadata: encodeMetadata(metadata) });
  }

  /**
   * Sends a text to all alive members but this one, at least once: each is asked until it says that it has taken it,
   * and hands it over once. The chapter's "broadcast message".
   * @throws MembershipError `bad-request` above 262,144 bytes.
   */
  async broadcast(text: string, sending: BroadcastOptions = {}): Promise<BroadcastReport> {
    const { timeoutMs = broadcastTimeoutMs, id = randomUUID() } = sending;
    this.#refuseWhenClosed();
    if (Buffer.byteLength(text) > maxBroadcastBytes) {
      throw new MembershipError('bad-request', `text: must be at most ${maxBroadcastBytes} bytes`);
    }
    return sendBroadcast({
      message: { type: 'broadcast', id, from: this.#options.id, text },
      receivers: this.aliveMembers().slice(1),
      timeoutMs,
      clock: this.#clock,
      ask: (to, message, attemptMs) => this.#ask(to, message, attemptMs),
    });
  }

  /** Hands over broadcasts of other members. @returns what ends it. */
  onBroadcast(handler: BroadcastHandler): () => void {
    return this.#inbox.subscribe(handler);
  }

  status(): MembershipStatus {
    const { liveCount, health, leaving } = this.#state;
    return { id: this.#options.id, alive: liveCount + 1, health, isLeaving: leaving };
  }

  /** Tells the others that this member goes by itself, then ends, after at most `timeoutMs` (default 3,000). */
  async leave({ timeoutMs = leaveTimeoutMs } = {}): Promise<void> {
    if (this.#closed) return;
    const timer = this.#clock.setTimer(timeoutMs, this.#departed.resolve);
    this.#give({ type: 'leave' });
    await this.#departed.promise;
    timer.cancel();
    await this.close();
  }

  /** Ends without a word; the others find out. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#timer?.cancel();
    this.#departed.resolve();
    for (const { reject } of this.#joining) reject(new MembershipError('closed', 'this member has ended'));
    await this.#socket.close();
  }

  async #open(): Promise<void> {
    await this.#socket.bind();
    this.#options.listener.handle('gossip', (stream) => {
      return answerPeer({ ...this.#options, clock: this.#clock }, stream, (question) =>
        this.#answer(question),
      );
    });
    this.#planWake();
  }

  #give(body: EventBody): void {
    if (this.#closed) return;
    for (const effect of step(this.#state, { ...body, now: this.#clock.monotonicMs() }))
      this.#perform(effect);
    this.#planWake();
  }

  #planWake(): void {
    this.#timer?.cancel();
    const at = nextWakeAt(this.#state);
    if (this.#closed || at === Infinity) return;
    const delayMs = Math.max(0, at - this.#clock.monotonicMs());
    this.#timer = this.#clock.setTimer(delayMs, () => this.#give({ type: 'tick' }));
  }

  #perform(effect: SwimEffect): void {
    switch (effect.type) {
      case 'send':
        this.#socket.send(effect.to, effect.packet);
        break;
      case 'stream-probe':
        void this.#probe(effect.to, effect.target, effect.seq);
        break;
      case 'sync':
        void this.#sync(effect.to, effect.unless);
        break;
      case 'changed':
        this.#tell(effect.change, toClusterMember(effect.member));
        break;
      case 'conflict':
        this.#options.logger?.warn(effect, 'two processes use one member id at different addresses');
        break;
      case 'departed':
        this.#departed.resolve();
        break;
    }
  }

  async #probe(to: Address, target: string, seq: number): Promise<void> {
    const answer = await this.#ask(to, { type: 'probe', target }, this.#config.probeIntervalMs);
    if (answer?.type === 'ok') this.#give({ type: 'stream-acked', seq });
  }

  async #sync(to: Address, unless: number | null): Promise<void> {
    const name = `${to.host}:${to.port}`;
    if (this.#syncing.has(name) || this.#syncing.size >= maxSyncs) return;
    this.#syncing.add(name);
    const answer = await this.#exchange(to, unless);
    this.#syncing.delete(name);
    if (answer?.type === 'sync') this.#merge(answer.members);
  }

  async #exchange(to: Address, unless: number | null): Promise<PeerMessage | null> {
    if (unless !== null) {
      const comparison = await this.#ask(to, { type: 'compare', digest: unless }, syncTimeoutMs);
      if (comparison?.type !== 'no') return null;
    }
    return this.#ask(to, { type: 'sync', members: wholeState(this.#state) }, syncTimeoutMs);
  }

  async #answer(question: PeerMessage): Promise<PeerMessage | null> {
    if (this.#closed) return null;
    if (question.type === 'probe') return { type: question.target === this.#options.id ? 'ok' : 'no' };
    if (question.type === 'compare')
      return { type: question.digest === liveDigest(this.#state) ? 'ok' : 'no' };
    if (question.type === 'broadcast') return { type: (await this.#inbox.take(question)) ? 'ok' : 'no' };
    if (question.type !== 'sync') return null;
    // The answer is taken first: it need not repeat what the asker has just said.
    const members = wholeState(this.#state);
    this.#merge(question.members);
    return { type: 'sync', members };
  }

  /** Whoever has exchanged states with another member, asked or asking, has joined its cluster. */
  #merge(members: readonly Member[]): void {
    this.#give({ type: 'synced', members });
    for (const { resolve } of this.#joining) resolve();
  }

  #ask(to: Address, question: PeerMessage, timeoutMs: number): Promise<PeerMessage | null> {
    return askPeer({ ...this.#options, clock: this.#clock }, to, question, timeoutMs);
  }

  #tell(change: MemberChange, member: ClusterMember): void {
    const { id, host, port, state } = member;
    this.#options.logger?.info({ member: id, host, port, state }, `member ${change}`);
    for (const watcher of this.#watchers) watcher(change, member);
  }

  #refuseWhenClosed(): void {
    if (this.#closed || this.#state.leaving)
      throw new MembershipError('closed', 'this member has left the cluster');
  }
}
