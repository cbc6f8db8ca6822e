/** The credential of servers in these measurements. */
export const ADMIN_TOKEN = 'the-token-of-the-benchmarks';

/** Everything that costs something is on: a credential to check, limits to count, the log as it ships. */
export const everythingOn = {
  ADMIN_TOKEN,
  RATE_LIMIT_PER_PLAYER: '10000000',
  RATE_LIMIT_PER_KEY: '10000000',
  RATE_LIMIT_PER_ADDRESS: '10000000',
  LOG_LEVEL: 'info',
} as const;

/** How a server names itself. */
export const asServer = { authorization: `Bearer ${ADMIN_TOKEN}` } as const;
export const asServerWithJson = { ...asServer, 'content-type': 'application/json' } as const;
