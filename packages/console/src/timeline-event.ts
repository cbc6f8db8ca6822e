/** What can happen to a part of the stack. */
export const timelineKinds = [
  'started',
  'stopped',
  'joined',
  'ready',
  'suspected',
  'recovered',
  'dead',
  'left',
  'elected',
  'leaderless',
  'up',
  'down',
  'ejected',
  'drained',
  'deployed',
  'returned',
  'enabled',
  'disabled',
  'strategy',
  'voter-added',
  'voter-promoted',
  'voter-removed',
  'voter-moved',
  'voter-disk-replaced',
] as const;
export type TimelineKind = (typeof timelineKinds)[number];

/** One line of the timeline. */
export interface TimelineEvent {
  /** Unique within a console; the same event keeps its id. */
  readonly id: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly kind: TimelineKind;
  /** What it happened to. */
  readonly subject: string;
  /** Kind of the subject: `coordinator`, `backend`, `balancer` or the name of a service. */
  readonly scope: string;
  /** More of it, such as a term or a reason; may be empty. */
  readonly detail: string;
}
