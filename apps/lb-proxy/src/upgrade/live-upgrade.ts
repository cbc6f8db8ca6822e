import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@hanok/service-kit';
import type { LbProxyConfig } from '../config.ts';
import type { ListenerSet } from '../listeners/listener-set.ts';
import { chooseEngine } from '../relay/choose-engine.ts';
import { loadLibc, type Libc } from '../relay/linux/libc.ts';
import { Predecessor } from './predecessor.ts';
import { Successor } from './successor.ts';
import { checkUpgradePath } from './upgrade-socket.ts';
import type { InheritedListener } from './upgrade-messages.ts';

/** Longest wait for open admin requests before the admin port is left all the same. */
const RELEASE_MS = 4_000;

/** Takes over from a running lb-proxy at the start, and later hands over to the next one. */
export class LiveUpgrade {
  readonly #libc: Libc;
  readonly #path: string;
  readonly #logger: Logger;
  readonly #successor: Successor | undefined;
  #predecessor: Predecessor | undefined;

  private constructor(libc: Libc, path: string, logger: Logger, successor: Successor | undefined) {
    this.#libc = libc;
    this.#path = path;
    this.#logger = logger;
    this.#successor = successor;
  }

  /**
   * Looks for a running process; undefined without UPGRADE_SOCKET, and where the platform does not allow it.
   * @throws ConfigError when the socket's folder is not safe
   * @throws Error when one runs but does not hand over
   */
  static async begin(
    { upgradeSocket, relay }: Pick<LbProxyConfig, 'upgradeSocket' | 'relay'>,
    logger: Logger,
  ): Promise<LiveUpgrade | undefined> {
    if (upgradeSocket === undefined) return undefined;
    let libc: Libc;
    try {
      libc = await loadLibc();
    } catch (error) {
      logger.warn(
        { reason: (error as Error).message },
        'UPGRADE_SOCKET has no effect here: stop, then start',
      );
      return undefined;
    }
    const path = checkUpgradePath(upgradeSocket);
    const movesConnections = (await chooseEngine(relay)).name === 'linux';
    const successor = await Successor.find({ libc, path, movesConnections, logger });
    return new LiveUpgrade(libc, path, logger, successor);
  }

  /** What the running process hands over. */
  get inherited(): readonly InheritedListener[] {
    return this.#successor?.inherited ?? [];
  }

  /** Once the listeners are open: becomes their owner. @throws Error when the running process goes on itself */
  async takeOver(listeners: ListenerSet): Promise<void> {
    await this.#successor?.takeOver(listeners);
  }

  /**
   * From now on another process may take over; then this one ends by SIGTERM, as if asked to stop.
   * @param release gives free what the other process needs
   */
  awaitSuccessor(listeners: ListenerSet, release: () => Promise<void>): void {
    this.#predecessor = new Predecessor({
      libc: this.#libc,
      path: this.#path,
      listeners,
      logger: this.#logger,
      release: () => Promise.race([release(), sleep(RELEASE_MS)]),
      end: () => process.kill(process.pid, 'SIGTERM'),
    });
  }

  stop(): void {
    this.#predecessor?.stop();
  }
}
