import { defineCommand } from '../command.ts';
import type { InvalidationReport, ReadinessReport } from '../connection/answers.ts';
import { parseMetrics, sumOf } from '../connection/metrics-text.ts';
import type { ServiceApi } from '../connection/service-api.ts';
import { exitCodes } from '../errors.ts';
import { painted, table } from '../output/table.ts';
import { plain } from '../output/text.ts';
import { showBytes, showCount } from '../output/units.ts';
import { queryOf } from './places.ts';

interface BoardPage {
  readonly items: readonly { readonly rank: number; readonly playerId: string; readonly score: number }[];
}

/** `hanok cache` */
export const cacheCommand = defineCommand({
  name: 'cache',
  summary: 'the cache-services: what is behind them, memory, keys; ends with 5 when a server is away',
  examples: [['cache', 'of all of them']],
  async run({ stack, paint }) {
    const items = await Promise.all((await stack.caches()).map((cache) => readCache(cache)));
    const rows = items.flatMap((item) =>
      item.servers.map(({ name, ok, detail }) => [
        item.id,
        name,
        ok
          ? painted(paint('good', 'connected'))
          : painted(paint('bad', plain(`away: ${detail ?? 'unknown'}`))),
        showBytes(item.memoryBytes),
        item.keys === null ? null : showCount(item.keys),
        item.evictions === null ? null : showCount(item.evictions),
      ]),
    );
    const away = items.some(({ servers }) => servers.some(({ ok }) => !ok));
    return {
      value: { items },
      text: table(columns, rows, 'There are no cache-services.'),
      exitCode: away ? exitCodes.unwell : exitCodes.ok,
    };
  },
});

const columns = [
  { heading: 'CACHE-SERVICE' },
  { heading: 'SERVER' },
  { heading: 'STATE' },
  { heading: 'MEMORY', isNumber: true },
  { heading: 'KEYS', isNumber: true },
  { heading: 'EVICTED', isNumber: true },
];

/** `/readyz` answers 503 while a server is away, with the same document. */
async function readCache(cache: ServiceApi) {
  const { checks } = JSON.parse(await cache.text('/readyz')) as ReadinessReport;
  const metrics = parseMetrics(await cache.text('/metrics'));
  return {
    id: cache.id,
    servers: Object.entries(checks).map(([name, check]) => ({ name, ...check })),
    memoryBytes: sumOf(metrics, 'hanok_cache_memory_bytes'),
    keys: sumOf(metrics, 'hanok_cache_memory_keys'),
    evictions: sumOf(metrics, 'hanok_cache_memory_evictions_total'),
  };
}

/** `hanok cache drop` */
export const cacheDropCommand = defineCommand({
  name: 'cache drop',
  summary: 'drop cached copies of players, everywhere; sessions, boards and chat are no copies',
  details: 'Players are read from the database afterwards, which it feels when all are dropped under load.',
  arguments: [{ name: 'PATTERN', summary: 'player:* or narrower; * any run, ? any character' }],
  examples: [['cache drop "player:42*"', 'quoted, so that the shell leaves it alone']],
  async run({ stack, arguments: [pattern = ''], confirm }) {
    await confirm(`Drop the cached copies of ${pattern}?`);
    const [cache] = await stack.caches();
    const report = await cache?.send<InvalidationReport>('POST', '/v1/invalidations', { pattern });
    const complete = report?.complete === true;
    return {
      value: report,
      text: `${showCount(report?.deleted ?? 0)} copies dropped${complete ? '' : '; NOT ALL servers took part'}.`,
      exitCode: complete ? exitCodes.ok : exitCodes.unwell,
    };
  },
});

/** `hanok cache board` */
export const cacheBoardCommand = defineCommand({
  name: 'cache board',
  summary: 'the top of a leaderboard',
  arguments: [{ name: 'NAME', summary: 'name of the board' }],
  options: { limit: { kind: 'integer', min: 1, max: 500, summary: 'rows (default 10)' } },
  examples: [['cache board arena --limit 3', 'the podium']],
  async run({ stack, arguments: [name = ''], options }) {
    const [cache] = await stack.caches();
    const path = `/v1/leaderboards/${encodeURIComponent(name)}${queryOf({ limit: options.limit ?? 10 })}`;
    const page = await cache?.get<BoardPage>(path);
    const rows = (page?.items ?? []).map((row) => [row.rank, row.playerId, showCount(row.score)]);
    const headings = [
      { heading: 'RANK', isNumber: true },
      { heading: 'PLAYER', isNumber: true },
      { heading: 'SCORE', isNumber: true },
    ];
    return { value: page, text: table(headings, rows, 'Nobody is on this board.') };
  },
});
