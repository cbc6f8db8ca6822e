import type { RaftState } from '../src/raft/raft-state.ts';
import type { Effects, RaftConfig, RaftEvent } from '../src/raft/raft-types.ts';
import type { SwimState } from '../src/swim/swim-state.ts';
import type { SwimEvent } from '../src/swim/swim-types.ts';
import type { SimulatedDisk } from './simulated-disk.ts';

interface NamedMutation {
  readonly name: string;
  /** What is missing, and what the literature says about it. */
  readonly mistake: string;
  /** The first seed that was seen to catch it; null when only a directed scenario does. */
  readonly caughtBy: number | null;
}

/** The same for the membership protocol. */
export interface SwimMutation extends NamedMutation {
  readonly kind: 'swim';
  readonly tamper: (state: SwimState, event: SwimEvent) => SwimEvent;
}

/**
 * A way to break the protocol from outside, so that the checkers can be shown to notice. Each hook stands for a
 * mistake an implementer could make.
 */
export interface Mutation extends NamedMutation {
  readonly kind: 'raft';
  readonly config?: Partial<RaftConfig>;
  /** Relative error of the clocks, in place of the one allowed. */
  readonly driftRate?: number;
  readonly onCrash?: (disk: SimulatedDisk) => void;
  /** Time is told by the clock on the wall, which is set forward and back. */
  readonly wallClock?: boolean;
  /** A lost disk keeps its identity. */
  readonly keepsIdentity?: boolean;
  readonly onBoot?: (state: RaftState) => void;
  readonly beforeStep?: (state: RaftState, event: RaftEvent) => RaftEvent;
  readonly afterStep?: (state: RaftState, effects: Effects, event: RaftEvent) => Effects;
}
