import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { compare, type ComparisonResult } from './harness/compare.ts';
import { takeFigure, type FigureResult } from './harness/figure.ts';
import { toTables } from './harness/report.ts';
import type { Suite } from './harness/suite.ts';
import { cacheSuite } from './suites/cache.ts';
import { clusterSuite } from './suites/cluster.ts';
import { playersSuite } from './suites/players.ts';
import { repositorySuite } from './suites/repository.ts';
import { lbSuite } from './suites/lb.ts';
import { serviceKitSuite } from './suites/service-kit.ts';
import { strategiesSuite } from './suites/strategies.ts';
import { telemetrySuite } from './suites/telemetry.ts';

const suites: readonly Suite[] = [
  lbSuite,
  strategiesSuite,
  serviceKitSuite,
  repositorySuite,
  playersSuite,
  cacheSuite,
  clusterSuite,
  telemetrySuite,
];

const usage = `Usage: npm run bench -- [suite…] [--rounds N] [--json FILE]

Measures Hanok beside its peers and prints ratios with their spread; exits with 1 when a figure that must be reached is
missed.
Suites: ${suites.map((suite) => suite.name).join(', ')} (default: all)
  --rounds N   measured rounds of each comparison, 1 to 50 (default 5)
  --only TEXT  only what has this text in its title
  --json FILE  also write the results as JSON
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '5' },
    only: { type: 'string', default: '' },
    json: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  },
});
const rounds = Number(values.rounds);
const unknown = positionals.find((name) => suites.every((suite) => suite.name !== name));

if (values.help === true) {
  process.stdout.write(usage);
} else if (unknown !== undefined || !Number.isInteger(rounds) || rounds < 1 || rounds > 50) {
  process.stderr.write(
    unknown === undefined ? '--rounds must be an integer from 1 to 50\n' : `there is no suite "${unknown}"\n`,
  );
  process.stderr.write(usage);
  process.exitCode = 2;
} else {
  await run(suites.filter((suite) => positionals.length === 0 || positionals.includes(suite.name)));
}

async function run(chosen: readonly Suite[]): Promise<void> {
  const comparisons: ComparisonResult[] = [];
  const figures: FigureResult[] = [];
  try {
    for (const suite of chosen) {
      await using prepared = await suite.prepare();
      for (const comparison of prepared.comparisons.filter(isWanted)) {
        process.stderr.write(`${suite.name}: ${comparison.title}\n`);
        comparisons.push(await compare(comparison, rounds));
      }
      for (const figure of (prepared.figures ?? []).filter(isWanted)) {
        process.stderr.write(`${suite.name}: ${figure.title}\n`);
        figures.push(await takeFigure(figure));
      }
    }
  } finally {
    // What was measured before something failed took its time, too.
    process.stdout.write(`${toTables(comparisons, figures)}\n`);
    if (values.json !== undefined) {
      await writeFile(values.json, `${JSON.stringify({ comparisons, figures }, null, 2)}\n`);
    }
  }
  if ([...comparisons, ...figures].some(({ verdict }) => verdict === 'missed')) process.exitCode = 1;
}

function isWanted({ title }: { readonly title: string }): boolean {
  return title.includes(values.only);
}
