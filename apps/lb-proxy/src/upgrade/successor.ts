import type { Logger } from '@hanok/service-kit';
import { NO_BACKEND } from '@hanok/strategies';
import type { Balancer } from '../balancer.ts';
import type { Adopted } from '../data-plane/messages.ts';
import type { ListenerSet } from '../listeners/listener-set.ts';
import {
  ChannelError,
  type Delivery,
  type UpgradeChannel,
  type UpgradePlatform,
} from './upgrade-platform.ts';
import {
  unpack,
  UPGRADE_VERSION,
  type BackendIdentity,
  type InheritedListener,
  type PredecessorMessage,
  type SuccessorMessage,
} from './upgrade-messages.ts';

/** Longest wait for the predecessor's next message; it may wait for its own threads, and for its admin port. */
const ANSWER_MS = 15_000;

type Channel = UpgradeChannel<SuccessorMessage, PredecessorMessage>;

export interface SuccessorOptions {
  readonly platform: UpgradePlatform;
  /** Where the predecessor listens, if there is one. */
  readonly path: string;
  /** Whether the engine of this process can go on with connections of another. */
  readonly movesConnections: boolean;
  /** Whether this process can listen on ports that another listens on. */
  readonly sharesPorts: boolean;
  readonly logger: Logger;
}

/** The side of the starting process in a live upgrade. */
export class Successor {
  /** What the predecessor listens on, and its backends. */
  readonly inherited: readonly InheritedListener[];
  readonly #options: SuccessorOptions;
  readonly #channel: Channel;

  private constructor(options: SuccessorOptions, channel: Channel, inherited: readonly InheritedListener[]) {
    this.#options = options;
    this.#channel = channel;
    this.inherited = inherited;
  }

  /**
   * Asks the predecessor for its listeners, which go on in both processes until `takeOver`. Undefined when no
   * predecessor lives.
   * @throws Error when one lives but does not hand over
   */
  static async find(options: SuccessorOptions): Promise<Successor | undefined> {
    const { platform, path, movesConnections, sharesPorts, logger } = options;
    const channel: Channel | undefined = await platform.connect(path);
    if (channel === undefined) return undefined;
    const inherited: InheritedListener[] = [];
    try {
      const hello = {
        type: 'hello',
        version: UPGRADE_VERSION,
        movesConnections,
        needsPorts: !sharesPorts,
      } as const;
      await channel.send(hello, [], ANSWER_MS);
      for (;;) {
        const { message, descriptors } = await channel.receive(ANSWER_MS);
        if (message.type === 'listeners-told') break;
        if (message.type !== 'listener') throw new Error(refusalOf(message));
        inherited.push({ ...message.listener, descriptors });
      }
    } catch (error) {
      for (const { descriptors } of inherited) channel.closeAll(descriptors);
      channel.close();
      if (error instanceof ChannelError && !(await hasPredecessor(platform, path))) {
        logger.warn('the running lb-proxy died before it handed over: starting as usual');
        return undefined;
      }
      throw error;
    }
    if (!movesConnections || inherited.some(({ descriptors }) => descriptors.length === 0)) {
      logger.warn(
        `connections cannot be moved between these processes: the old one drains, ${sharesPorts ? 'sharing its port' : 'and its port is closed for a moment'}`,
      );
    }
    return new Successor(options, channel, inherited);
  }

  /**
   * Becomes the owner of the listeners that are open now, and goes on with the predecessor's connections. Returns
   * when the predecessor is done, or has ended.
   * @throws Error when the predecessor has decided to go on itself
   */
  async takeOver(listeners: ListenerSet): Promise<void> {
    const { logger, platform, path } = this.#options;
    const able = listeners.list().filter(({ balancer }) => balancer.movesConnections);
    for (const { name, listen, descriptors } of this.inherited) {
      // Where nobody accepts on them here, clients that the kernel gives to them would wait for ever.
      const isUsed = able.some((each) => each.name === name && each.settings.config.listen === listen);
      if (!isUsed) this.#channel.closeAll(descriptors);
    }
    try {
      await this.#channel.send({ type: 'owns', moving: able.map(({ name }) => name) }, [], ANSWER_MS);
    } catch (error) {
      this.#channel.close();
      if (!(await hasPredecessor(platform, path))) return;
      throw new Error(`the running lb-proxy did not hand over: ${(error as Error).message}`, {
        cause: error,
      });
    }
    try {
      await this.#takeConnections(listeners);
      this.#channel.close();
    } catch (error) {
      // The channel stays open: its end would tell the old process, should it still live, that this one has died.
      logger.warn(
        { reason: (error as Error).message },
        'the old lb-proxy did not finish: going on without it',
      );
    }
  }

  async #takeConnections(listeners: ListenerSet): Promise<void> {
    const { logger } = this.#options;
    for (;;) {
      const delivery = await this.#nextDelivery();
      if (delivery === undefined) continue;
      const { message, descriptors } = delivery;
      if (message.type === 'done') {
        logger.info({ moved: message.moved, staying: message.staying }, 'taken over');
        return;
      }
      if (message.type !== 'connections') throw new Error(refusalOf(message));
      await this.#takeBatch(message, descriptors, listeners);
    }
  }

  /** Undefined when a message came in part: its connections stay with the predecessor. */
  async #nextDelivery(): Promise<Delivery<PredecessorMessage> | undefined> {
    try {
      return await this.#channel.receive(ANSWER_MS);
    } catch (error) {
      if (!(error instanceof ChannelError) || error.code !== 'partial') throw error;
      this.#options.logger.warn({ reason: error.message }, 'connections left with the old lb-proxy');
      await this.#channel.send({ type: 'left' }, [], ANSWER_MS);
      return undefined;
    }
  }

  /** They are not touched before the predecessor has been told: should that fail, they are still its own. */
  async #takeBatch(
    { listener, connections }: Extract<PredecessorMessage, { type: 'connections' }>,
    descriptors: readonly number[],
    listeners: ListenerSet,
  ): Promise<void> {
    const { platform, path } = this.#options;
    try {
      const { workers, backends } = listeners.get(listener);
      const adopted = unpack(connections, descriptors).map(({ session, backend }): Adopted => ({
        ...session,
        ...placeOf(backends, backend),
      }));
      try {
        await this.#channel.send({ type: 'taken' }, [], ANSWER_MS);
      } catch (error) {
        // Where the predecessor has died meanwhile, they are nobody else's.
        if (await hasPredecessor(platform, path)) throw error;
      }
      workers.adopt(adopted);
    } catch (error) {
      this.#channel.closeAll(descriptors);
      throw error;
    }
  }
}

/** Whether somebody listens at the upgrade socket: a predecessor does until all is handed over. */
async function hasPredecessor(platform: UpgradePlatform, path: string): Promise<boolean> {
  const channel = await platform.connect(path);
  channel?.close();
  return channel !== undefined;
}

function placeOf(
  backends: Balancer['backends'],
  wanted: BackendIdentity | null,
): { slot: number; version: number } {
  const known = wanted === null ? undefined : backends.find(wanted.id);
  const isSame = known?.spec.host === wanted?.host && known?.spec.port === wanted?.port;
  return known !== undefined && isSame
    ? { slot: known.slot, version: known.version }
    : { slot: NO_BACKEND, version: 0 };
}

function refusalOf(message: PredecessorMessage): string {
  return message.type === 'refused' ? message.why : `unexpected message: ${message.type}`;
}
