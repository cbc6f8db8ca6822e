import { taggedKey } from '../names.ts';

/** What an invalidation tells every near cache. */
export interface Announcement {
  /** The table it is numbered in. */
  readonly table: number;
  /** One more than the announcement before it. */
  readonly sequence: number;
  /** Who wants to know when it is gone. */
  readonly announcer: string;
  /** A key, or a pattern of keys. */
  readonly pattern: string;
}

/** A near cache's word that everything up to `sequence` is gone from it. */
export interface Acknowledgement {
  readonly table: number;
  readonly sequence: number;
  readonly holder: string;
}

/** The table of near caches, and the channel announcements are published on. */
export const holdersKey = taggedKey('near', 'players');

/** The channel on which one announcer hears acknowledgements. */
export const acknowledgementsKey = (announcer: string): string => taggedKey('near', 'players', announcer);

/** As it is published; scripts spell it the same. */
export function announcementText({ table, sequence, announcer, pattern }: Announcement): string {
  return `${table} ${sequence} ${announcer} ${pattern}`;
}

/** Undefined when it cannot be read. */
export function parseAnnouncement(payload: string): Announcement | undefined {
  const [, table, sequence, announcer, pattern] = /^(\d+) (\d+) (\S+) ([^]+)$/.exec(payload) ?? [];
  if (announcer === undefined || pattern === undefined) return undefined;
  return { table: Number(table), sequence: Number(sequence), announcer, pattern };
}

export function acknowledgementText({ table, sequence, holder }: Acknowledgement): string {
  return `${table} ${sequence} ${holder}`;
}

/** Undefined when it cannot be read. */
export function parseAcknowledgement(payload: string): Acknowledgement | undefined {
  const [, table, sequence, holder] = /^(\d+) (\d+) (\S+)$/.exec(payload) ?? [];
  return holder === undefined ? undefined : { table: Number(table), sequence: Number(sequence), holder };
}
