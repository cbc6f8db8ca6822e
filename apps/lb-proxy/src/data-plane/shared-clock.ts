// Each thread's performance.now() counts from its own start; the high-resolution clock counts from the same
// moment for all of them. The offset is read once, so that asking for the time allocates nothing.
const offsetMs = Number(process.hrtime.bigint() / 1_000n) / 1_000 - performance.now();

/** Monotonic milliseconds, comparable between the threads of this process. */
export function sharedNowMs(): number {
  return offsetMs + performance.now();
}
