/** Does it when it is first asked for, and keeps the result: several rows of a table may come from one measurement. */
export function once<T>(work: () => T): () => T {
  let kept: { readonly result: T } | null = null;
  return () => (kept ??= { result: work() }).result;
}
