import { checkName, taggedKey } from '../names.ts';

/** Boards and their schedules. */
export const schedulesKey = taggedKey('leaderboard-seasons', 'schedules');

/** Boards and their tables of prizes. */
export const prizesKey = taggedKey('leaderboard-seasons', 'prizes');

/** When the season under way began. */
export function seasonKeyOf(name: string): string {
  return taggedKey('leaderboard', checkName('name', name), 'season');
}

/** The past seasons of a board. */
export function pastKeyOf(name: string): string {
  return taggedKey('leaderboard', checkName('name', name), 'seasons');
}

/** How far the prizes of a past season are. */
export function handOverKeyOf(name: string, season: string): string {
  return taggedKey('leaderboard', checkName('name', name), `season:${season}:prizes`);
}

/** The past seasons of a board whose prizes are still to be handed over. */
export function pendingKeyOf(name: string): string {
  return taggedKey('leaderboard', checkName('name', name), 'prizes-due');
}
