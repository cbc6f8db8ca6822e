import type { Worker } from 'node:worker_threads';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@hanok/service-kit';
import type { Balancer } from '../balancer.ts';
import { freeze, settle } from '../data-plane/worker-conversation.ts';
import type { FrozenSession } from '../data-plane/messages.ts';
import type { ListenerSet } from '../listeners/listener-set.ts';
import { ChannelError, type UpgradeChannel, type UpgradeDoor } from './upgrade-platform.ts';
import {
  pack,
  UPGRADE_VERSION,
  type BackendIdentity,
  type InheritedListener,
  type PredecessorMessage,
  type SuccessorMessage,
} from './upgrade-messages.ts';

/** How often it is looked whether a successor has connected. */
const LOOK_INTERVAL_MS = 100;
/** Longest wait for an answer that takes no work. */
const ANSWER_MS = 5_000;
/** Longest wait for the successor to open the listeners: it starts its threads meanwhile. */
const OPEN_MS = 20_000;
/** Connections held still at once: each waits as long as its whole batch. */
const BATCH = { maxConnections: 64, maxBytes: 32 * 1_024 } as const;
/** How long connections that are not relayed yet may become so, to be moved after all. */
const SETTLE_MS = 500;
const PASS_PAUSE_MS = 50;

type Channel = UpgradeChannel<PredecessorMessage, SuccessorMessage>;

export interface PredecessorOptions {
  /** Where successors knock. */
  readonly door: UpgradeDoor<PredecessorMessage, SuccessorMessage>;
  readonly listeners: ListenerSet;
  readonly logger: Logger;
  /** Gives the admin port and the place in the registry free. */
  release(): Promise<void>;
  /** Ends this process once what stays behind has ended, or its deadline has passed. */
  end(): void;
}

/** The side of the running process in a live upgrade: waits for a successor, then hands everything over. */
export class Predecessor {
  readonly #options: PredecessorOptions;
  readonly #timer: NodeJS.Timeout;
  #busy = false;
  #stopped = false;

  constructor(options: PredecessorOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.#look(), LOOK_INTERVAL_MS);
  }

  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    clearInterval(this.#timer);
    this.#options.door.close();
  }

  async #look(): Promise<void> {
    const { door, logger } = this.#options;
    if (this.#busy || this.#stopped) return;
    const channel = door.accept();
    if (channel === undefined) return;
    this.#busy = true;
    try {
      await this.#handOver(channel);
    } catch (error) {
      logger.warn({ reason: (error as Error).message }, 'upgrade given up: this process goes on');
    } finally {
      channel.close();
      this.#busy = false;
    }
  }

  async #handOver(channel: Channel): Promise<void> {
    const { logger } = this.#options;
    const { message: hello } = await channel.receive(ANSWER_MS);
    if (hello.type !== 'hello' || hello.version !== UPGRADE_VERSION) {
      const why = 'it speaks another version of the upgrade';
      await channel.send({ type: 'refused', why }, [], ANSWER_MS);
      throw new Error(why);
    }
    logger.info({ movesConnections: hello.movesConnections }, 'another lb-proxy takes over');
    const able =
      hello.needsPorts === true
        ? await this.#leavePorts(channel)
        : await this.#tellListeners(channel, hello.movesConnections);
    const moving = this.#options.listeners.list().filter(({ name }) => able.includes(name));
    if (hello.movesConnections) pauseAll(moving, true);
    let moved = 0;
    try {
      if (hello.movesConnections) moved = await this.#moveConnections(channel, moving);
    } catch (error) {
      if (error instanceof ChannelError && error.code === 'ended') {
        // It died with the listeners: they are still open here.
        pauseAll(moving, false);
        throw error;
      }
      logger.error({ err: error }, 'moving connections stopped: the others stay with this process');
    }
    await this.#finish(channel, moved);
  }

  /** Lets go of the ports first, as both processes cannot listen on them; accepts again when that was for nothing. */
  async #leavePorts(channel: Channel): Promise<readonly string[]> {
    const { listeners, logger } = this.#options;
    logger.warn('the ports are closed until the other lb-proxy has opened them');
    const all = listeners.list().map(({ balancer }) => balancer.workers);
    await Promise.all(all.map((workers) => workers.closeListeners()));
    try {
      return await this.#tellListeners(channel, false);
    } catch (error) {
      for (const workers of all) workers.reopenListeners();
      throw error;
    }
  }

  /** Returns the names of those whose connections can move. Until then everything goes on here. */
  async #tellListeners(channel: Channel, moves: boolean): Promise<readonly string[]> {
    for (const each of this.#options.listeners.list()) {
      const { descriptors, ...listener } = describe(each);
      await channel.send({ type: 'listener', listener }, moves ? descriptors : [], ANSWER_MS);
    }
    await channel.send({ type: 'listeners-told' }, [], ANSWER_MS);
    const answer = await this.#answer(channel, OPEN_MS);
    if (answer.type !== 'owns') throw new Error(`unexpected answer: ${answer.type}`);
    return answer.moving;
  }

  async #moveConnections(channel: Channel, moving: readonly Named[]): Promise<number> {
    const untilMs = performance.now() + SETTLE_MS;
    let moved = 0;
    for (;;) {
      for (const { name, balancer } of moving) {
        for (const worker of balancer.workers.accepting) {
          moved += await this.#moveFrom(worker, name, balancer, channel);
        }
      }
      const isOver = moving.every(({ balancer }) => balancer.state.open === 0);
      if (isOver || performance.now() >= untilMs) return moved;
      await sleep(PASS_PAUSE_MS);
    }
  }

  async #moveFrom(worker: Worker, listener: string, balancer: Balancer, channel: Channel): Promise<number> {
    let moved = 0;
    for (;;) {
      const sessions = await freeze(worker, BATCH);
      if (sessions.length === 0) return moved;
      let taken = false;
      try {
        taken = await this.#moveBatch(sessions, listener, balancer, channel);
      } finally {
        settle(worker, taken);
      }
      if (!taken) return moved;
      moved += sessions.length;
    }
  }

  async #moveBatch(
    sessions: readonly FrozenSession[],
    listener: string,
    balancer: Balancer,
    channel: Channel,
  ): Promise<boolean> {
    const bySlot = new Map(balancer.backends.list().map(({ slot, spec }) => [slot, identityOf(spec)]));
    const packed = sessions.map((session) => pack(session, bySlot.get(session.slot) ?? null));
    const connections = packed.map(({ connection }) => connection);
    const descriptors = packed.flatMap((each) => each.descriptors);
    await channel.send({ type: 'connections', listener, connections }, descriptors, ANSWER_MS);
    return (await this.#answer(channel, ANSWER_MS)).type === 'taken';
  }

  /**
   * What the successor says. When it does not in time the channel is cut first: what it has said by then counts, and
   * it cannot say anything later. So both sides always agree on who owns what.
   */
  async #answer(channel: Channel, deadlineMs: number): Promise<SuccessorMessage> {
    try {
      return (await channel.receive(deadlineMs)).message;
    } catch (error) {
      if (!(error instanceof ChannelError) || error.code !== 'timeout') throw error;
      channel.cutOff();
      return await channel.receive(0).then(
        ({ message }) => message,
        () => Promise.reject(error),
      );
    }
  }

  async #finish(channel: Channel, moved: number): Promise<void> {
    const { listeners, logger } = this.#options;
    this.stop();
    await this.#options.release();
    const staying = listeners.list().reduce((sum, { balancer }) => sum + balancer.state.open, 0);
    try {
      await channel.send({ type: 'done', moved, staying }, [], ANSWER_MS);
    } catch (error) {
      logger.warn({ reason: (error as Error).message }, 'the new lb-proxy could not be told the end');
    }
    if (staying > 0)
      logger.warn({ moved, staying }, 'handed over; connections that cannot be moved end here');
    else logger.info({ moved }, 'handed over');
    this.#options.end();
  }
}

interface Named {
  readonly name: string;
  readonly balancer: Balancer;
}

function describe({ name, balancer, settings }: ReturnType<ListenerSet['list']>[number]): InheritedListener {
  const nowMs = performance.now();
  return {
    name,
    listen: settings.config.listen,
    port: balancer.workers.port,
    descriptors: balancer.workers.listening,
    backends: balancer.backends.list().map(({ spec, health, address }) => ({
      spec,
      upAt: health.isUsable(nowMs) ? (address ?? null) : null,
    })),
  };
}

function identityOf({ id, host, port }: BackendIdentity): BackendIdentity {
  return { id, host, port };
}

function pauseAll(moving: readonly Named[], paused: boolean): void {
  for (const { balancer } of moving) balancer.workers.broadcast({ type: 'pause-listener', paused });
}
