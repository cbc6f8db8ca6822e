import { taggedKey } from '../names.ts';

/** What an invalidation tells every near cache. */
export interface Announcement {
  /** One more than the announcement before it. */
  readonly sequence: number;
  /** Who wants to know when it is gone. */
  readonly announcer: string;
  /** A key, or a pattern of keys. */
  readonly pattern: string;
}

/** A near cache's word that everything up to `sequence` is gone from it. */
export interface Acknowledgement {
  readonly holder: string;
  readonly sequence: number;
}

/** The table of near caches, and the channel announcements are published on. */
export const holdersKey = taggedKey('near', 'players');

/** The channel on which one announcer hears acknowledgements. */
export const acknowledgementsKey = (announcer: string): string => taggedKey('near', 'players', announcer);

/** Undefined when it cannot be read. The other way round is spelled in the operation: `sequence announcer pattern`. */
export function parseAnnouncement(payload: string): Announcement | undefined {
  const [, sequence, announcer, pattern] = /^(\d+) (\S+) ([^]+)$/.exec(payload) ?? [];
  if (sequence === undefined || announcer === undefined || pattern === undefined) return undefined;
  return { sequence: Number(sequence), announcer, pattern };
}

/** Undefined when it cannot be read; spelled `holder sequence`. */
export function parseAcknowledgement(payload: string): Acknowledgement | undefined {
  const [, holder, sequence] = /^(\S+) (\d+)$/.exec(payload) ?? [];
  return holder === undefined || sequence === undefined ? undefined : { holder, sequence: Number(sequence) };
}
