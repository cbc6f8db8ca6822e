import { defineCommand } from '../command.ts';
import type { ClusterStatus, LeaderView } from '../connection/answers.ts';
import { CliError, exitCodes } from '../errors.ts';
import { membersTable } from '../output/members-table.ts';
import { painted, table } from '../output/table.ts';
import { plain } from '../output/text.ts';
import { showMs } from '../output/units.ts';

/** `hanok members` */
export const membersCommand = defineCommand({
  name: 'members',
  summary: 'coordinators and services as one coordinator sees them, and the voters',
  examples: [['members', 'who is there, who is suspected, who votes']],
  async run({ stack, paint }) {
    const { nodes, raft, nodeId } = await stack.coordinator.get<ClusterStatus>('/v1/status');
    const members = membersTable(nodes, paint);
    const voters =
      raft === null
        ? 'Coordination lives in etcd: there are no voters here.'
        : table(
            [
              { heading: 'VOTER' },
              { heading: 'ADDRESS' },
              { heading: 'CONNECTED' },
              { heading: 'BEHIND', isNumber: true },
              { heading: 'HEARD AGO', isNumber: true },
            ],
            [...raft.voters, ...raft.learners].map((voter) => [
              voter.id,
              `${voter.host}:${voter.port}`,
              voter.id === nodeId ? 'itself' : voter.connected ? 'yes' : painted(paint('bad', 'no')),
              voter.match === null ? null : raft.lastIndex - voter.match,
              showMs(voter.heardAgoMs),
            ]),
            'There are no voters.',
          );
    return {
      value: { seenBy: nodeId, nodes, raft },
      text: `As ${plain(nodeId)} sees it\n\n${members}\n\n${voters}`,
    };
  },
});

/** `hanok leader` */
export const leaderCommand = defineCommand({
  name: 'leader',
  summary: 'who leads the cluster; ends with 5 when nobody does',
  examples: [['leader --json', 'with the fencing token']],
  async run({ stack }) {
    const view = await stack.coordinator.get<LeaderView>('/v1/leader');
    const text =
      view.leaderId === null ? 'Nobody leads.' : `${plain(view.leaderId)} leads in term ${view.term}.`;
    return { value: view, text, exitCode: view.leaderId === null ? exitCodes.unwell : exitCodes.ok };
  },
});

/** `hanok leader step-down` */
export const stepDownCommand = defineCommand({
  name: 'leader step-down',
  summary: 'have the leader hand over to another coordinator',
  details: 'Takes about a round trip. Do it before you stop a leader for long, or to try a fail-over.',
  examples: [['leader step-down --yes', 'and print who leads afterwards']],
  async run({ stack, confirm, clock, signal }) {
    const before = await stack.coordinator.get<LeaderView>('/v1/leader');
    if (before.leaderId === null)
      throw new CliError(exitCodes.unwell, 'no_leader', 'nobody leads, so nobody can step down');
    await confirm(`Have ${before.leaderId} hand over its leadership?`);
    await stack.coordinator.send('POST', '/v1/leader/step-down');
    const endsAtMs = clock.monotonicMs() + stack.settings.timeoutMs;
    for (;;) {
      const after = await stack.coordinator.get<LeaderView>('/v1/leader');
      if (after.leaderId !== null && after.term > before.term)
        return { value: { before, after }, text: `${plain(after.leaderId)} leads in term ${after.term}.` };
      if (clock.monotonicMs() >= endsAtMs)
        throw new CliError(
          exitCodes.failed,
          'still_leading',
          `${before.leaderId} still leads in term ${before.term}`,
        );
      await clock.sleep(50, signal);
    }
  },
});
