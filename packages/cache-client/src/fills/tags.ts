import { CacheError } from '../errors.ts';
import { checkName } from '../names.ts';

/** Most tags one value may carry. */
export const maxTags = 16;

/** What near caches are told instead of a key or pattern when a tag is invalidated; no key begins with it. */
const sign = '#';

/**
 * The tags of a value: names such as `guild:7`, each once.
 *
 * @throws CacheError `invalid` naming `tags` for more than 16, or for what is no name.
 */
export function checkTags(tags: readonly string[]): readonly string[] {
  const distinct = [...new Set(tags)];
  if (distinct.length > maxTags) {
    throw new CacheError('invalid', `tags must be at most ${maxTags}`, { field: 'tags', rule: 'maxItems' });
  }
  for (const tag of distinct) checkName('tags', tag);
  return distinct;
}

/** A tag as near caches are told of it. */
export function announcedTag(tag: string): string {
  return sign + tag;
}

/** The tag, or undefined when what was announced is a key or a pattern. */
export function tagOfAnnounced(announced: string): string | undefined {
  return announced.startsWith(sign) ? announced.slice(sign.length) : undefined;
}
