export type { ClusterSource, ClusterView, CoordinatorEntry, ServiceEntry } from './cluster-source.ts';
export { addConsole, type ConsoleOptions } from './console-plugin.ts';
export { timelineKinds, type TimelineEvent, type TimelineKind } from './timeline-event.ts';
