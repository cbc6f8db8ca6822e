import type { Comparison } from '../harness/compare.ts';
import { makeSqlite } from './dataset.ts';
import { onDemand, sizeFromEnvironment, type Ground } from './ground.ts';
import { startPlayerService } from './player-service.ts';
import { asServer } from './settings.ts';
import { CONNECTIONS, load } from './throughput.ts';
import { sendLoad } from './wrk.ts';

const FEW = 10_000;
/** 1 / 1.5: the same work takes at most half as long again. */
const MUST = 0.667;
/** The harness's own round compiles for the side that answers more requests; here the sides differ in just that. */
const WARM_UP_SECONDS = 12;

/** What many players cost: the same requests against a small and a large database. */
export function growthComparisons(ground: Ground): Comparison[] {
  const many = sizeFromEnvironment('HANOK_BENCH_PLAYERS', 1_000_000);
  const start = (players: number) =>
    onDemand(async () => {
      const url = await makeSqlite(ground.folder, `growth-${players}`, { players });
      return ground.started.use(await startPlayerService({ DATABASE_URL: url })).url;
    });
  const sides = { few: start(FEW), many: start(many) };
  const contender = (
    players: number,
    served: () => Promise<string>,
    scriptFor: (players: number) => string,
  ) => {
    const script = scriptFor(players);
    const warmed = onDemand(async () => {
      const url = await served();
      await sendLoad(ground.wrk, { url, script, connections: CONNECTIONS, seconds: WARM_UP_SECONDS });
      return url;
    });
    return {
      name: `${players.toLocaleString('en')} players`,
      measure: async () => (await load(ground, await warmed(), script)).perSecond,
    };
  };
  const comparison = (what: string, script: (players: number) => string): Comparison => ({
    title: `cost of growth: ${what}`,
    unit: 'requests/s',
    peer: contender(FEW, sides.few, script),
    ours: contender(many, sides.many, script),
    bound: { must: MUST },
  });
  return [
    comparison('point read over HTTP, any player', reads),
    comparison('update over HTTP, any player', updates),
  ];
}

/** Any player as often as any other, so that no memory holds the answers of many. */
function reads(players: number): string {
  return `
local headers = { authorization = '${asServer.authorization}' }
function request()
  return wrk.format('GET', '/v1/players/' .. math.random(${players}), headers)
end
`;
}

function updates(players: number): string {
  return `
local headers = { authorization = '${asServer.authorization}', ['content-type'] = 'application/json' }
function request()
  local body = '{"level":' .. math.random(90) .. '}'
  return wrk.format('PATCH', '/v1/players/' .. math.random(${players}), headers, body)
end
`;
}
