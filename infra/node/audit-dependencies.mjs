// Asks the registry whether a known weakness is in what production runs: npm run audit
//
// Fails on one of severity high or critical. A registry that gives no advisories (many mirrors do not) is told, and
// does not fail the check, unless AUDIT=required.
import { spawnSync } from 'node:child_process';

const { stdout } = spawnSync('npm', ['audit', '--omit=dev', '--json'], {
  encoding: 'utf8',
  // There npm is a script for the shell.
  shell: process.platform === 'win32',
});
const report = parse(stdout);

if (report?.metadata === undefined) {
  const reason = report?.message ?? report?.error?.summary ?? 'no report';
  process.stdout.write(`Dependencies are NOT audited: the registry gives no advisories (${reason}).\n`);
  process.exitCode = process.env.AUDIT === 'required' ? 1 : 0;
} else {
  const { high = 0, critical = 0, total = 0 } = report.metadata.vulnerabilities;
  process.stdout.write(
    `Audited dependencies: ${total} known weaknesses, ${high} high, ${critical} critical.\n`,
  );
  for (const [name, { severity, range }] of Object.entries(report.vulnerabilities ?? {})) {
    process.stdout.write(`  ${severity}: ${name} ${range}\n`);
  }
  process.exitCode = high + critical > 0 ? 1 : 0;
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
