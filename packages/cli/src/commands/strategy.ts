import { defineCommand } from '../command.ts';
import type { StrategyView } from '../connection/answers.ts';
import { table } from '../output/table.ts';
import { plain } from '../output/text.ts';
import { placeOptions, queryOf } from './places.ts';

/** `hanok strategy` */
export const strategyCommand = defineCommand({
  name: 'strategy',
  summary: 'the balancing strategy; with a name, use that one for new connections',
  details: 'It applies to every lb-proxy. Open connections stay where they are.',
  arguments: [{ name: 'NAME', summary: 'strategy to change to', optional: true }],
  options: placeOptions,
  examples: [
    ['strategy', 'which one is in use, and which there are'],
    ['strategy least-connections --yes', 'change it without being asked'],
  ],
  async run({ stack, arguments: [name], options, confirm }) {
    const proxies = await stack.proxies();
    if (name !== undefined) await confirm(`Use ${name} for new connections at ${proxies.length} lb-proxy?`);
    const path = `/v1/strategy${queryOf(options)}`;
    const items = [];
    for (const proxy of proxies) {
      const view =
        name === undefined
          ? await proxy.get<StrategyView>(path)
          : await proxy.send<StrategyView>('PUT', path, { name });
      items.push({ proxy: proxy.id, ...view });
    }
    const rows = items.map((each) => [each.proxy, each.name]);
    const available = items[0]?.available.map((each) => plain(each)).join(', ') ?? '';
    return {
      value: { items },
      text: `${table([{ heading: 'PROXY' }, { heading: 'STRATEGY' }], rows, '')}\n\nThere are: ${available}`,
    };
  },
});
