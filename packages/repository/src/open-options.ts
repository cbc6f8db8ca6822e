import type { Clock, Rng } from '@hanok/service-kit';
import type { PoolOptions } from './pool.ts';

export interface OpenOptions {
  /** Default: the machine's. */
  readonly clock?: Clock;
  /** Jitter of retries. Default: the runtime's. */
  readonly rng?: Rng;
  /** PostgreSQL connections; on SQLite the readers of read-only transactions. Default 5 at first, 20 at most. */
  readonly pool?: PoolOptions;
  /**
   * SQLite. `full` (default): an acknowledged write survives kill -9 and power loss. `normal`: it survives the
   * death of the process; power loss or a crash of the machine may take the last writes (never half of one).
   */
  readonly durability?: 'full' | 'normal';
  /** SQLite: writes waiting at most; beyond it Busy at once. Default 10,000. */
  readonly maxQueuedWrites?: number;
  /** How long a single write may wait for its turn (SQLite) or any statement may run (PostgreSQL). Default 5,000. */
  readonly writeTimeoutMs?: number;
  /** SQLite: when to run `quick_check` on opening. Default `after-unclean-stop`. */
  readonly integrityCheck?: 'after-unclean-stop' | 'always' | 'never';
  /** Told about events worth a log line, for example the outcome of an integrity check. Default: nobody. */
  readonly onNotice?: (message: string) => void;
}
