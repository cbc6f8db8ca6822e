/** Any JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
/** A JSON object. */
export interface JsonObject {
  readonly [key: string]: Json;
}

/** Nesting a custom document may have; deeper ones are refused before anything walks them. */
export const MAX_JSON_DEPTH = 16;

/**
 * JSON Merge Patch (RFC 7396): objects merge member by member, `null` removes a member, anything else replaces.
 * Neither argument is changed. A member called `__proto__` is data like any other.
 */
export function mergePatch(target: Json | undefined, patch: Json): Json {
  return isJsonObject(patch) ? mergeObjects(target, patch) : patch;
}

/** The same for a patch that is an object, as the result then is. */
export function mergeObjects(target: Json | undefined, patch: JsonObject): JsonObject {
  const merged = new Map(isJsonObject(target) ? Object.entries(target) : []);
  for (const [name, change] of Object.entries(patch)) {
    if (change === null) merged.delete(name);
    else merged.set(name, mergePatch(merged.get(name), change));
  }
  return Object.fromEntries(merged);
}

/** Whether objects and arrays nest at most `maxDepth` deep. Stops looking as soon as the bound is passed. */
export function withinDepth(value: Json, maxDepth: number = MAX_JSON_DEPTH): boolean {
  if (value === null || typeof value !== 'object') return true;
  return maxDepth > 0 && Object.values(value).every((member) => withinDepth(member, maxDepth - 1));
}

/**
 * The text of a value with members in a fixed order, so that two documents that differ only in the order of
 * their members have the same text.
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    isJsonObject(member)
      ? Object.fromEntries(Object.entries(member).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
}

/** Whether a value is a JSON object: neither null nor an array. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
