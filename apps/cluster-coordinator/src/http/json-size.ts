/** Bytes of a JSON value as text; infinitely many when it is nested so deeply that it cannot be written. */
export function jsonSizeBytes(value: unknown): number {
  try {
    return Buffer.byteLength(JSON.stringify(value));
  } catch (error) {
    if (error instanceof RangeError) return Infinity;
    throw error;
  }
}
