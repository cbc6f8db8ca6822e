import type { ClusterStatus } from '../connection/answers.ts';
import { paintState, type Paint } from './paint.ts';
import { painted, table } from './table.ts';
import { plain } from './text.ts';

/** Who is in the cluster, a row each. */
export function membersTable(nodes: ClusterStatus['nodes'], paint: Paint): ReturnType<typeof table> {
  return table(
    [
      { heading: 'ID' },
      { heading: 'SERVICE' },
      { heading: 'ROLE' },
      { heading: 'STATE' },
      { heading: 'ADDRESS' },
    ],
    nodes.map((node) => [
      node.id,
      node.service,
      node.role,
      painted(paintState(paint, plain(node.state))),
      `${node.host}:${node.port}`,
    ]),
    'Nobody is there.',
  );
}
