/** One operation on a versioned object: what it saw or made, and when it was under way. */
export interface VersionedOperation {
  readonly kind: 'read' | 'write';
  /** The version that was read, or that the write made. */
  readonly version: number;
  readonly value: number;
  readonly invokedAtMs: number;
  readonly answeredAtMs: number;
}

/**
 * What keeps a history of one object from being linearizable; undefined when nothing does.
 *
 * The versions give the only order that the writes can have had, so the general search (Wing and Gong 1993) is not
 * needed. The history is linearizable exactly when every version has one value, no two writes made the same one,
 * and the order of the versions contradicts no order in time: what began after another operation had ended sees
 * its version or a later one, and a write makes a later one.
 */
export function faultOfHistory(history: readonly VersionedOperation[]): string | undefined {
  const values = new Map<number, number>();
  const writes = history.filter(({ kind }) => kind === 'write');
  for (const { version, value } of writes) {
    if (values.has(version)) return `two writes made version ${version}`;
    values.set(version, value);
  }
  const odd = history.find(({ version, value }) => (values.get(version) ?? value) !== value);
  if (odd !== undefined) return `version ${odd.version} was read as ${odd.value}`;
  // The greatest version that was answered before each moment: a sweep over both ends of the operations.
  const byEnd = history.toSorted((a, b) => a.answeredAtMs - b.answeredAtMs);
  let ended = 0;
  let least = 0;
  for (const operation of history.toSorted((a, b) => a.invokedAtMs - b.invokedAtMs)) {
    for (
      let next = byEnd[ended];
      next !== undefined && next.answeredAtMs < operation.invokedAtMs;
      next = byEnd[ended]
    ) {
      least = Math.max(least, next.version);
      ended += 1;
    }
    const isBehind = operation.kind === 'write' ? operation.version <= least : operation.version < least;
    if (isBehind)
      return `a ${operation.kind} of version ${operation.version} began after version ${least} was seen`;
  }
  return undefined;
}
