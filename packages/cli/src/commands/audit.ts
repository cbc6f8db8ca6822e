import { defineCommand } from '../command.ts';
import { exitCodes } from '../errors.ts';
import { table } from '../output/table.ts';
import { showCount } from '../output/units.ts';

/** It reads every row, which may take minutes. */
const timeoutMs = 600_000;

/** `hanok audit` */
export const auditCommand = defineCommand({
  name: 'audit',
  summary: 'prove from the ledger that no coin was lost or minted; ends with 5 otherwise',
  details:
    'It reads all entries on one snapshot of the database, and takes some minutes for millions of them.',
  examples: [['audit --json', 'for a nightly job']],
  async run({ stack, paint, signal }) {
    const client = await stack.players(timeoutMs);
    const report = await client.call('GET /v1/audit', {}, { signal });
    const sums = table(
      [
        { heading: 'CURRENCY' },
        { heading: 'IN BALANCES', isNumber: true },
        { heading: 'IN ENTRIES', isNumber: true },
        { heading: 'SUM OF ALL', isNumber: true },
      ],
      report.currencies.map((each) => [
        each.currency,
        showCount(each.inBalances),
        showCount(each.inEntries),
        showCount(each.sumOfAllEntries),
      ]),
      'There is no gold yet.',
    );
    const differences = table(
      [
        { heading: 'PLAYER', isNumber: true },
        { heading: 'CURRENCY' },
        { heading: 'BALANCE', isNumber: true },
        { heading: 'ENTRIES', isNumber: true },
      ],
      report.differences.map((each) => [
        each.playerId,
        each.currency,
        showCount(each.balance),
        showCount(each.entries),
      ]),
      'Every balance is the sum of its entries.',
    );
    const unbalanced = report.unbalancedTransactions.map(({ transactionId }) => transactionId).join(', ');
    const verdict = report.balanced
      ? paint('good', 'The books balance.')
      : paint('bad', 'THE BOOKS DO NOT BALANCE.');
    return {
      value: report,
      text: [
        `${showCount(report.players)} players, ${showCount(report.entries)} entries`,
        sums,
        differences,
        ...(unbalanced === '' ? [] : [`Transactions that do not sum to zero: ${unbalanced}`]),
        verdict,
      ].join('\n\n'),
      exitCode: report.balanced ? exitCodes.ok : exitCodes.unwell,
    };
  },
});
