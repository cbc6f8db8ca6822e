import { defineCommand } from '../command.ts';
import type { BackendView } from '../connection/answers.ts';
import type { ServiceApi } from '../connection/service-api.ts';
import { plain } from '../output/text.ts';
import { listenerOption, queryOf } from './places.ts';

const pollIntervalMs = 250;

/** `hanok drain` */
export const drainCommand = defineCommand({
  name: 'drain',
  summary: 'send a backend no new connections, and wait until it has none if asked to',
  details: 'It applies to every lb-proxy. Take it back with --undo.',
  arguments: [{ name: 'ID', summary: 'id of the backend' }],
  options: {
    ...listenerOption,
    deadline: { kind: 'duration', max: 86_400_000, summary: 'close what is still open after this long' },
    wait: {
      kind: 'flag',
      summary: 'end only when no connection is left; Ctrl-C stops waiting, not the draining',
    },
    undo: { kind: 'flag', summary: 'give it new connections again' },
  },
  examples: [
    ['drain player-service-2 --deadline 5m --wait', 'before an upgrade of that process'],
    ['drain player-service-2 --undo', 'afterwards'],
  ],
  async run({ stack, arguments: [id = ''], options, confirm, note, clock, signal }) {
    const proxies = await stack.proxies();
    const path = `/v1/backends/${encodeURIComponent(id)}${queryOf({ listener: options.listener })}`;
    if (!options.undo) await confirm(`Send ${id} no new connections?`);
    const change = options.undo
      ? { state: 'enabled' }
      : {
          state: 'draining',
          ...(options.deadline === undefined ? {} : { drainDeadlineMs: options.deadline }),
        };
    const changed: BackendView[] = [];
    for (const proxy of proxies) changed.push(await proxy.send('PATCH', path, change));

    let open = sumOfOpen(changed);
    if (options.wait && !options.undo) {
      note(`${plain(id)} has ${open} connections left`);
      while (open > 0) {
        await clock.sleep(pollIntervalMs, signal);
        const now = await readOpen(proxies, path);
        if (now !== open) note(`${plain(id)} has ${now} connections left`);
        open = now;
      }
    }
    const outcome = options.undo ? 'gets new connections again' : `is draining; ${open} connections are open`;
    return {
      value: { id, state: change.state, openConnections: open, proxies: proxies.map((proxy) => proxy.id) },
      text: `${plain(id)} ${outcome}.`,
    };
  },
});

async function readOpen(proxies: readonly ServiceApi[], path: string): Promise<number> {
  return sumOfOpen(await Promise.all(proxies.map((proxy) => proxy.get<BackendView>(path))));
}

function sumOfOpen(backends: readonly BackendView[]): number {
  return backends.reduce((sum, { activeConnections }) => sum + activeConnections, 0);
}
