import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@hanok/service-kit';
import type { LbProxyConfig } from '../config.ts';
import { canSharePorts } from '../data-plane/listen-check.ts';
import type { ListenerSet } from '../listeners/listener-set.ts';
import { chooseEngine } from '../relay/choose-engine.ts';
import { loadLibc } from '../relay/linux/libc.ts';
import { linuxPlatform } from './linux-platform.ts';
import { portablePlatform } from './portable-platform.ts';
import { Predecessor } from './predecessor.ts';
import { Successor } from './successor.ts';
import type { InheritedListener } from './upgrade-messages.ts';
import type { UpgradePlatform } from './upgrade-platform.ts';

/** Longest wait for open admin requests before the admin port is left all the same. */
const RELEASE_MS = 4_000;

/** What an upgrade needs of its process. */
export interface UpgradeOptions {
  readonly config: Pick<LbProxyConfig, 'upgradeSocket' | 'relay'>;
  readonly logger: Logger;
  /** What processes can hand over here; default: found out. */
  readonly platform?: UpgradePlatform | undefined;
  /** Whether two processes may listen on one port; default: found out. */
  readonly sharePort?: boolean | undefined;
  /** Ends this process as if it was asked to stop; default: by SIGTERM. */
  readonly end?: (() => void) | undefined;
}

/** Takes over from a running lb-proxy at the start, and later hands over to the next one. */
export class LiveUpgrade {
  readonly #options: UpgradeOptions;
  readonly #platform: UpgradePlatform;
  readonly #path: string;
  readonly #successor: Successor | undefined;
  #predecessor: Predecessor | undefined;

  private constructor(
    options: UpgradeOptions,
    platform: UpgradePlatform,
    path: string,
    successor: Successor | undefined,
  ) {
    this.#options = options;
    this.#platform = platform;
    this.#path = path;
    this.#successor = successor;
  }

  /**
   * Looks for a running process; undefined without UPGRADE_SOCKET.
   * @throws ConfigError when the socket's folder is not safe
   * @throws Error when one runs but does not hand over
   */
  static async begin(options: UpgradeOptions): Promise<LiveUpgrade | undefined> {
    const { config, logger } = options;
    if (config.upgradeSocket === undefined) return undefined;
    const platform = options.platform ?? (await findPlatform(logger));
    const path = platform.checkPath(config.upgradeSocket);
    const movesConnections = platform.movesSockets && (await chooseEngine(config.relay)).name !== 'portable';
    const sharesPorts = options.sharePort ?? (await canSharePorts());
    const successor = await Successor.find({ platform, path, movesConnections, sharesPorts, logger });
    return new LiveUpgrade(options, platform, path, successor);
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
   * From now on another process may take over; then this one ends.
   * @param release gives free what the other process needs
   */
  async awaitSuccessor(listeners: ListenerSet, release: () => Promise<void>): Promise<void> {
    const { logger, end = () => process.kill(process.pid, 'SIGTERM') } = this.#options;
    this.#predecessor = new Predecessor({
      door: await this.#platform.listen(this.#path),
      listeners,
      logger,
      release: () => Promise.race([release(), sleep(RELEASE_MS)]),
      end,
    });
  }

  stop(): void {
    this.#predecessor?.stop();
  }
}

async function findPlatform(logger: Logger): Promise<UpgradePlatform> {
  try {
    return linuxPlatform(await loadLibc());
  } catch (error) {
    const reason = (error as Error).message;
    logger.warn({ reason }, 'connections cannot be moved here: an upgrade drains the old process');
    return portablePlatform;
  }
}
