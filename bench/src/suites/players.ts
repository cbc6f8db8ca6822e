import type { Suite } from '../harness/suite.ts';
import { auditFigures } from '../players/audit.ts';
import { campaignFigures } from '../players/campaign.ts';
import { prepareGround } from '../players/ground.ts';
import { growthComparisons } from '../players/growth.ts';
import { logInFigures } from '../players/log-ins.ts';
import { postgresComparisons } from '../players/postgres.ts';
import { readComparisons } from '../players/reads.ts';
import { updateMeasurements } from '../players/updates.ts';
import { repositorySuite } from './repository.ts';

/** Everything player-service promises: it on the first core, the load on the second. */
export const playersSuite: Suite = {
  name: 'players',
  async prepare() {
    const ground = await prepareGround();
    const inProcess = ground.started.use(await repositorySuite.prepare());
    const updates = updateMeasurements(ground);
    return {
      comparisons: [
        ...readComparisons(ground),
        ...updates.comparisons,
        ...inProcess.comparisons,
        ...postgresComparisons(ground),
        ...growthComparisons(ground),
      ],
      figures: [
        ...updates.figures,
        ...logInFigures(ground),
        ...campaignFigures(ground),
        ...auditFigures(ground),
      ],
      [Symbol.asyncDispose]: () => ground.started.disposeAsync(),
    };
  },
};
