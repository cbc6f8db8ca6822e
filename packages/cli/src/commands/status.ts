import { defineCommand } from '../command.ts';
import type { ClusterStatus } from '../connection/answers.ts';
import type { Stack } from '../connection/stack.ts';
import { CliError, exitCodes } from '../errors.ts';
import type { Paint } from '../output/paint.ts';
import { membersTable } from '../output/members-table.ts';
import { plain } from '../output/text.ts';
import { findTrouble, type ProxyHealth } from '../trouble.ts';

/** `hanok status` */
export const statusCommand = defineCommand({
  name: 'status',
  summary: 'how the stack is: leader, services, load balancers, and what is wrong',
  details:
    'Ends with 0 when all is well, and with 5 when something is not, so that a script can wait for it.',
  examples: [
    ['status', 'the local stack'],
    ['status --url https://coordinator.example:7001 --json', 'another one, for a script'],
  ],
  async run({ stack, paint }) {
    const status = await stack.coordinator.get<ClusterStatus>('/v1/status');
    const proxies = await readProxies(stack);
    const trouble = findTrouble(status, proxies);
    return {
      value: { healthy: trouble.length === 0, trouble, cluster: status, proxies },
      text: render(status, proxies, trouble, paint),
      exitCode: trouble.length === 0 ? exitCodes.ok : exitCodes.unwell,
    };
  },
});

/** Asks every lb-proxy; one that does not answer is part of the picture, no failure of the command. */
async function readProxies(stack: Stack): Promise<ProxyHealth[]> {
  const proxies = await stack.proxies().catch((error: unknown) => {
    if (error instanceof CliError) return [];
    throw error;
  });
  return Promise.all(
    proxies.map(async (proxy) => {
      try {
        return {
          id: proxy.id,
          statistics: await proxy.get<NonNullable<ProxyHealth['statistics']>>('/v1/stats'),
        };
      } catch (error) {
        return { id: proxy.id, statistics: null, failure: (error as Error).message };
      }
    }),
  );
}

function render(
  status: ClusterStatus,
  proxies: readonly ProxyHealth[],
  trouble: readonly string[],
  paint: Paint,
): string {
  const { totals } = status;
  const leader = status.leaderId === null ? paint('bad', 'no leader') : `leader ${plain(status.leaderId)}`;
  const nodes = membersTable(status.nodes, paint);
  return [
    `Cluster   ${leader}, term ${status.term}, ${totals.coordinatorsAlive} of ${totals.coordinators} coordinators alive`,
    `Services  ${totals.servicesReady} of ${totals.services} ready${totals.servicesLost === 0 ? '' : `, ${totals.servicesLost} lost`}`,
    ...proxies.map((proxy) => `Proxy     ${describeProxy(proxy)}`),
    '',
    nodes,
    '',
    ...(trouble.length === 0
      ? [paint('good', 'All is well.')]
      : [paint('bad', 'Not well:'), ...trouble.map((sentence) => `  ${plain(sentence)}`)]),
  ].join('\n');
}

function describeProxy({ id, statistics }: ProxyHealth): string {
  if (statistics === null) return `${plain(id)} does not answer`;
  const eligible = statistics.backends.filter((backend) => backend.eligible).length;
  return (
    `${plain(id)}: ${statistics.connections.active} connections, ${statistics.strategy}, ` +
    `${eligible} of ${statistics.backends.length} backends get new ones`
  );
}
