import type { HanokClient, Reward, RewardProgress } from '@hanok/client';
import { defineCommand, type Invocation } from '../command.ts';
import { usageError } from '../errors.ts';
import { paintState } from '../output/paint.ts';
import { painted, table } from '../output/table.ts';
import { plain } from '../output/text.ts';
import { showCount } from '../output/units.ts';

const pollIntervalMs = 500;
const levels = { kind: 'integer', min: 1, max: 1_000_000 } as const;
const campaignId = { name: 'ID', summary: 'id of the campaign' };
const waitOption = {
  kind: 'flag',
  summary: 'end only when everybody was reached; Ctrl-C stops waiting alone',
} as const;

/** `hanok campaign` */
export const campaignCommand = defineCommand({
  name: 'campaign',
  summary: 'the campaigns that gave a reward to many players, newest first',
  options: {
    status: { kind: 'text', choices: ['running', 'done'], summary: 'only these' },
    limit: { kind: 'integer', min: 1, max: 500, summary: 'campaigns on a page (default 50)' },
    cursor: { kind: 'text', summary: 'where the page before ended' },
  },
  examples: [['campaign --status running', 'those that are not through yet']],
  async run({ stack, options, paint, signal }) {
    const { status, limit, cursor } = options;
    const page = await (
      await stack.players()
    ).rewards.list(
      {
        ...(status === undefined ? {} : { status: status as 'running' | 'done' }),
        ...(limit === undefined ? {} : { limit }),
        ...(cursor === undefined ? {} : { cursor }),
      },
      { signal },
    );
    const rows = page.items.map((each) => [
      each.id,
      painted(paintState(paint, each.status)),
      each.reason,
      `${each.minLevel}-${each.maxLevel}`,
      `${showCount(each.amount)} ${each.currency}`,
      showCount(each.players),
      showCount(each.refused),
      each.createdAt,
    ]);
    const more = page.nextCursor === null ? '' : `\n\nThere are more: --cursor ${plain(page.nextCursor)}`;
    return { value: page, text: table(columns, rows, 'There are no campaigns.') + more };
  },
});

const columns = [
  { heading: 'ID', isNumber: true },
  { heading: 'STATUS' },
  { heading: 'REASON' },
  { heading: 'LEVELS' },
  { heading: 'EACH', isNumber: true },
  { heading: 'REACHED', isNumber: true },
  { heading: 'REFUSED', isNumber: true },
  { heading: 'BEGUN' },
];

/** `hanok campaign show` */
export const campaignShowCommand = defineCommand({
  name: 'campaign show',
  summary: 'how far a campaign has come',
  arguments: [campaignId],
  options: { wait: waitOption },
  examples: [['campaign show 7 --wait', 'until it is done']],
  async run(invocation) {
    const {
      stack,
      arguments: [id = ''],
      options,
    } = invocation;
    const client = await stack.players();
    const progress = options.wait ? await follow(client, id, invocation) : await client.rewards.get(id);
    return { value: progress, text: describe(progress) };
  },
});

/** `hanok campaign start` */
export const campaignStartCommand = defineCommand({
  name: 'campaign start',
  summary: 'give a reward to every player of a range of levels',
  details:
    'First it counts whom that reaches and asks. Nobody gets it twice, also when an answer is lost on the way.',
  options: {
    reason: {
      kind: 'text',
      required: true,
      placeholder: 'WORD',
      summary: 'for the ledger, such as WEEKEND_BONUS',
    },
    gold: { kind: 'integer', min: 1, summary: 'gold for each player' },
    amount: { kind: 'integer', min: 1, summary: 'units of --currency for each player' },
    currency: { kind: 'text', placeholder: 'NAME', summary: 'a declared currency other than gold' },
    'min-level': { ...levels, summary: 'lowest level' },
    'max-level': { ...levels, summary: 'highest level' },
    description: { kind: 'text', summary: 'a sentence for people' },
    'dry-run': { kind: 'flag', summary: 'only count whom it would reach' },
    wait: waitOption,
  },
  examples: [
    ['campaign start --reason WEEKEND_BONUS --gold 100 --min-level 5 --dry-run', 'how many that would be'],
    ['campaign start --reason WEEKEND_BONUS --gold 100 --min-level 5 --wait', 'do it'],
  ],
  async run(invocation) {
    const { stack, options, confirm, signal } = invocation;
    const reward = toReward(options);
    const client = await stack.players();
    const preview = await client.rewards.preview(reward, { signal });
    const what = `${showCount(preview.amount)} ${plain(preview.currency)} for each of ${showCount(preview.players)} players`;
    const total = `${what}, ${showCount(preview.totalAmount)} in all`;
    if (options['dry-run']) return { value: preview, text: `It would be ${total}.` };
    await confirm(`Give ${total}?`);
    const result = await client.rewards.give(reward, { signal });
    if (!options.wait || result.id === null)
      return { value: result, text: `Campaign ${result.id} is ${result.status}: ${total}.` };
    const progress = await follow(client, result.id, invocation);
    return { value: progress, text: describe(progress) };
  },
});

/** `hanok campaign reverse` */
export const campaignReverseCommand = defineCommand({
  name: 'campaign reverse',
  summary: 'take back what a campaign gave, as far as it is still there',
  arguments: [campaignId],
  options: { description: { kind: 'text', summary: 'why, for people' }, wait: waitOption },
  examples: [['campaign reverse 7 --description "wrong season"', 'nobody falls below zero']],
  async run(invocation) {
    const {
      stack,
      arguments: [id = ''],
      options,
      confirm,
      signal,
    } = invocation;
    const client = await stack.players();
    const original = await client.rewards.get(id, { signal });
    const what = `${showCount(original.totalAmount)} ${plain(original.currency)} of ${showCount(original.players)} players`;
    await confirm(`Take back ${what} (${plain(original.reason)})?`);
    const { description } = options;
    const begun = await client.rewards.reverse(id, description === undefined ? {} : { description }, {
      signal,
    });
    const progress = options.wait ? await follow(client, begun.id, invocation) : begun;
    return { value: progress, text: describe(progress) };
  },
});

function toReward(options: {
  readonly reason: string;
  readonly gold: number | undefined;
  readonly amount: number | undefined;
  readonly currency: string | undefined;
  readonly 'min-level': number | undefined;
  readonly 'max-level': number | undefined;
  readonly description: string | undefined;
}): Reward {
  const { gold, amount, currency, description } = options;
  const isGold = gold !== undefined;
  if (isGold === (amount !== undefined) || isGold === (currency !== undefined))
    throw usageError('give either --gold, or --amount with --currency');
  return {
    reason: options.reason,
    ...(isGold ? { gold } : {}),
    ...(amount === undefined ? {} : { amount }),
    ...(currency === undefined ? {} : { currency }),
    ...(options['min-level'] === undefined ? {} : { minLevel: options['min-level'] }),
    ...(options['max-level'] === undefined ? {} : { maxLevel: options['max-level'] }),
    ...(description === undefined ? {} : { description }),
  };
}

/** Waits for the end of a campaign and tells on the way how far it is. */
async function follow(
  client: HanokClient,
  id: string,
  { clock, signal, note }: Pick<Invocation, 'clock' | 'signal' | 'note'>,
): Promise<RewardProgress> {
  for (let told = -1; ;) {
    const progress = await client.rewards.get(id, { signal });
    if (progress.status === 'done') return progress;
    if (progress.players !== told) note(`${showCount(progress.players)} players reached`);
    told = progress.players;
    await clock.sleep(pollIntervalMs, signal);
  }
}

function describe(progress: RewardProgress): string {
  return [
    `Campaign  ${progress.id}, ${progress.status}${progress.reversalOf === null ? '' : `, takes back ${progress.reversalOf}`}`,
    `Reason    ${plain(progress.reason)}${progress.description === null ? '' : `: ${plain(progress.description)}`}`,
    `Levels    ${progress.minLevel} to ${progress.maxLevel}`,
    `Each      ${showCount(progress.amount)} ${plain(progress.currency)}`,
    `Reached   ${showCount(progress.players)} players, ${showCount(progress.refused)} refused`,
    `In all    ${showCount(progress.totalAmount)} ${plain(progress.currency)}`,
    `Begun     ${progress.createdAt}`,
    `Finished  ${progress.finishedAt ?? 'not yet'}`,
  ].join('\n');
}
