import { cutFigures } from '../cluster/cut-figures.ts';
import { EtcdMembers } from '../cluster/etcd-members.ts';
import { swimFigures } from '../cluster/swim-figures.ts';
import { voterFigures, writeComparison } from '../cluster/voter-figures.ts';
import { Voters } from '../cluster/voters.ts';
import type { Suite } from '../harness/suite.ts';

/** What the coordinators promise: membership in virtual time, leadership and registry as real processes beside etcd. */
export const clusterSuite: Suite = {
  name: 'cluster',
  async prepare() {
    const stack = new AsyncDisposableStack();
    const voters = stack.use(await Voters.start());
    const etcd = stack.use(await EtcdMembers.start());
    return {
      comparisons: [writeComparison(voters, etcd)],
      figures: [...voterFigures(voters, etcd), ...cutFigures(), ...swimFigures()],
      [Symbol.asyncDispose]: () => stack.disposeAsync(),
    };
  },
};
