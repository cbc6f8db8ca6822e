/** Largest amount, balance and experience: JSON integers are exact up to here everywhere. */
export const MAX_SAFE_AMOUNT = Number.MAX_SAFE_INTEGER;

/** Highest level a player can have. */
export const MAX_LEVEL = 1_000_000;

/** Size of a player's custom data as compact JSON. */
export const MAX_DATA_BYTES = 16_384;
