import type { Figure } from '../harness/figure.ts';
import { embeddedCuts } from './embedded-cuts.ts';
import { etcdCuts } from './etcd-cuts.ts';

/** For how long two held a leadership that was valid at the same moment. */
export interface CutResult {
  readonly cuts: number;
  readonly samples: number;
  readonly twoHoldersMs: number;
  /** How often leadership passed on: cuts that nobody noticed would prove nothing. */
  readonly changes: number;
}

/** Leadership while the network between its holders and the rest is cut, again and again. */
export function cutFigures(): Figure[] {
  return [figure('embedded', () => embeddedCuts(20)), figure('etcd', () => etcdCuts(5))];
}

function figure(engine: string, measure: () => Promise<CutResult>): Figure {
  return {
    title: `two holders of leadership under cuts, ${engine}`,
    unit: 'ms',
    better: 'lower',
    must: 0,
    async measure() {
      const { cuts, samples, twoHoldersMs, changes } = await measure();
      if (changes < cuts) throw new Error(`leadership passed on ${changes} times only in ${cuts} cuts`);
      return { value: twoHoldersMs, remark: `${cuts} cuts, ${changes} changes of leader, ${samples} looks` };
    },
  };
}
