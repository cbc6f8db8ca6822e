import { defineCommand } from '../command.ts';
import type { BackendView, Explanation } from '../connection/answers.ts';
import { paintState } from '../output/paint.ts';
import { painted, table } from '../output/table.ts';
import { plain } from '../output/text.ts';
import { showBytes, showMs } from '../output/units.ts';
import { listenerOption, placeOptions, queryOf } from './places.ts';

interface BackendPage {
  readonly items: readonly BackendView[];
}

/** `hanok backends` */
export const backendsCommand = defineCommand({
  name: 'backends',
  summary: 'the backends of the load balancers: state, health, connections, latency',
  options: listenerOption,
  examples: [['backends', 'of the first listener of every lb-proxy']],
  async run({ stack, options, paint }) {
    const lists = await Promise.all(
      (await stack.proxies()).map(async (proxy) => {
        const { items } = await proxy.get<BackendPage>(`/v1/backends${queryOf(options)}`);
        return items.map((backend) => ({ proxy: proxy.id, ...backend }));
      }),
    );
    const items = lists.flat();
    const rows = items.map((each) => [
      each.proxy,
      each.id,
      `${each.host}:${each.port}`,
      painted(paintState(paint, plain(each.state))),
      painted(paintState(paint, plain(each.health))),
      each.weight,
      each.activeConnections,
      each.totalConnections,
      showMs(each.p50ResponseTimeMs),
      showMs(each.p99ResponseTimeMs),
      showBytes(each.bytesToBackend + each.bytesToClient),
    ]);
    return { value: { items }, text: table(columns, rows, 'There are no backends.') };
  },
});

const columns = [
  { heading: 'PROXY' },
  { heading: 'ID' },
  { heading: 'ADDRESS' },
  { heading: 'STATE' },
  { heading: 'HEALTH' },
  { heading: 'WEIGHT', isNumber: true },
  { heading: 'OPEN', isNumber: true },
  { heading: 'TOTAL', isNumber: true },
  { heading: 'P50', isNumber: true },
  { heading: 'P99', isNumber: true },
  { heading: 'RELAYED', isNumber: true },
];

/** `hanok backends weight` */
export const backendsWeightCommand = defineCommand({
  name: 'backends weight',
  summary: "change a backend's share of new connections",
  arguments: [
    { name: 'ID', summary: 'id of the backend' },
    { name: 'WEIGHT', summary: '1 to 256' },
  ],
  options: listenerOption,
  examples: [['backends weight player-service-1 5', 'five times the share of a backend of weight 1']],
  async run({ stack, arguments: [id = '', weight = ''], options, confirm }) {
    await confirm(`Change the weight of ${id} to ${weight}?`);
    const proxies = await stack.proxies();
    for (const proxy of proxies) {
      const path = `/v1/backends/${encodeURIComponent(id)}${queryOf(options)}`;
      await proxy.send('PATCH', path, { weight: Number(weight) });
    }
    return {
      value: { id, weight: Number(weight), proxies: proxies.map((proxy) => proxy.id) },
      text: `${plain(id)} has weight ${weight} at ${proxies.map((proxy) => plain(proxy.id)).join(', ')}.`,
    };
  },
});

/** `hanok backends explain` */
export const backendsExplainCommand = defineCommand({
  name: 'backends explain',
  summary: 'where a client would go right now, and why',
  arguments: [{ name: 'ADDRESS', summary: "the client's IP address" }],
  options: {
    ...placeOptions,
    strategy: {
      kind: 'text',
      placeholder: 'NAME',
      summary: 'as this strategy would see it (default: the one in use)',
    },
  },
  examples: [
    ['backends explain 203.0.113.7', 'with the strategy in use'],
    ['backends explain 203.0.113.7 --strategy maglev', 'before changing to another one'],
  ],
  async run({ stack, arguments: [source = ''], options, paint }) {
    const explanations = await Promise.all(
      (await stack.proxies()).map(async (proxy) => ({
        proxy: proxy.id,
        ...(await proxy.get<Explanation>(`/v1/explain${queryOf({ ...options, source })}`)),
      })),
    );
    const text = explanations.map((each) => {
      const rows = each.backends.map(({ id, standing, reason, score }) => [
        id,
        standing === 'candidate' ? painted(paint('good', standing)) : standing,
        score === null ? null : Math.round(score * 1_000) / 1_000,
        reason ?? '',
      ]);
      const headings = [
        { heading: 'ID' },
        { heading: 'STANDING' },
        { heading: 'SCORE', isNumber: true },
        { heading: 'REASON' },
      ];
      const heading = `${plain(each.proxy)}, ${plain(each.strategy)}; the score is: ${plain(each.scoreMeaning)}`;
      return `${heading}\n${table(headings, rows, 'There are no backends.')}`;
    });
    return { value: { items: explanations }, text: text.join('\n\n') };
  },
});
