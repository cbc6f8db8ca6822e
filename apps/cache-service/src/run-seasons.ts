import type { Cache } from '@hanok/cache-client';
import type { Logger } from '@hanok/service-kit';
import type { CacheServiceConfig } from './config.ts';
import { PlayerServicePayer } from './player-service-payer.ts';

export interface RunSeasonsOptions extends Pick<CacheServiceConfig, 'playerServiceUrls' | 'adminToken'> {
  readonly logger: Logger;
}

/** Ends seasons when they are over and hands their prizes to player-service, until it is closed. */
export function runSeasons(
  cache: Cache,
  { playerServiceUrls, adminToken, logger }: RunSeasonsOptions,
): { close(): Promise<void> } {
  // While the engine is away nothing can turn; it says so itself.
  const seasons = cache.seasons.run((error) => logger.debug({ err: error }, 'seasons were not looked at'));
  if (playerServiceUrls.length === 0) return { close: async () => seasons.close() };
  const payer = new PlayerServicePayer(playerServiceUrls, adminToken);
  const prizes = cache.seasonPrizes.run(payer, (error, board) => {
    if (board === undefined) logger.debug({ err: error }, 'prizes were not looked at');
    else logger.warn({ err: error, board }, 'prizes could not be handed over; they are tried again');
  });
  return {
    async close() {
      seasons.close();
      prizes.close();
      await payer.close();
    },
  };
}
