import type { DriverRow } from '../entity/codec.ts';

/** Turns bigints that are safe integers into numbers, in place: what `SqlTag` promises. */
export function narrowRow(row: DriverRow): void {
  for (const column in row) {
    const value = row[column];
    if (typeof value === 'bigint') row[column] = narrow(value);
  }
}

function narrow(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
