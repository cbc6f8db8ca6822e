import { act, previewCampaign, read } from '../api.ts';
import { h, replace } from '../dom.ts';
import { every } from '../every.ts';
import { dateTime, whole } from '../format.ts';
import type { PageContext } from '../page-context.ts';
import { card, cardBody, field } from '../parts/card.ts';
import { confirmAndDo } from '../parts/dialog.ts';
import { badge } from '../parts/status.ts';
import { toast } from '../parts/toast.ts';
import { t } from '../words.ts';
import type { Page, Reward, RewardResult } from './player-types.ts';

const refreshMs = 1_000;
const shownCampaigns = 12;

/** Gold for every player of a range of levels: first dry, then for good, with its progress. */
export function campaignsCard({ mayChange }: PageContext) {
  const list = h('div', {});
  let shown = '';
  const stop = every(refreshMs, async () => {
    const { items } = await read<Page<Reward>>('player-service', 'any', `v1/rewards?limit=${shownCampaigns}`);
    const now = JSON.stringify(items);
    if (now === shown) return;
    shown = now;
    replace(
      list,
      ...(items.length === 0
        ? [h('p', { class: 'empty' }, t('campaign.empty'))]
        : items.map((reward) => campaignItem(reward, mayChange))),
    );
  });
  return {
    element: card(
      t('campaign.title'),
      [],
      cardBody(h('div', { class: 'stack' }, mayChange && campaignForm(), list)),
    ),
    close: stop,
  };
}

function campaignForm(): HTMLElement {
  const minLevel = h('input', { type: 'number', min: 1, value: 1, required: true, name: 'minLevel' });
  const maxLevel = h('input', { type: 'number', min: 1, name: 'maxLevel' });
  const gold = h('input', { type: 'number', min: 1, value: 100, required: true, name: 'gold' });
  const reason = h('input', {
    required: true,
    pattern: '[A-Z][A-Z0-9_]*',
    value: 'GOLD_BONUS',
    name: 'reason',
  });
  const description = h('input', { maxlength: 500, name: 'description' });
  const result = h('div', { 'aria-live': 'polite' });
  const run = h('button', { type: 'button', class: 'primary', disabled: true }, t('campaign.run'));
  let preview: RewardResult | null = null;
  let key = crypto.randomUUID();

  const body = () => ({
    minLevel: Number(minLevel.value),
    ...(maxLevel.value === '' ? {} : { maxLevel: Number(maxLevel.value) }),
    gold: Number(gold.value),
    reason: reason.value,
    ...(description.value === '' ? {} : { description: description.value }),
  });
  // What was tried dry is what may be run: another change needs another try.
  const forget = (): void => {
    preview = null;
    run.disabled = true;
    result.replaceChildren();
    key = crypto.randomUUID();
  };
  const dryRun = async (event: Event): Promise<void> => {
    event.preventDefault();
    try {
      preview = await previewCampaign<RewardResult>(body());
      const values = { players: whole(preview.players), gold: whole(preview.totalGold) };
      replace(result, h('div', { class: 'notice' }, t('campaign.dryRunResult', values)));
      run.disabled = preview.players === 0;
    } catch (error) {
      forget();
      toast((error as Error).message, true);
    }
  };
  run.addEventListener('click', () => {
    if (preview === null) return;
    void confirmAndDo(
      {
        title: t('campaign.runTitle', { players: whole(preview.players) }),
        text: t('campaign.runText', { gold: whole(preview.totalGold) }),
        action: t('campaign.run'),
      },
      () => act('campaign.run', { ...body(), key }),
    ).then((isDone) => isDone && forget());
  });
  return h(
    'form',
    {
      class: 'stack',
      'aria-label': t('campaign.new'),
      oninput: forget,
      onsubmit: (event) => void dryRun(event),
    },
    h(
      'div',
      { class: 'fields' },
      field(t('campaign.minLevel'), minLevel),
      field(t('campaign.maxLevel'), maxLevel),
      field(t('campaign.gold'), gold),
      field(t('campaign.reason'), reason),
    ),
    field(t('campaign.description'), description),
    h('div', { class: 'row' }, h('button', {}, t('campaign.dryRun')), run),
    result,
  );
}

function campaignItem(reward: Reward, mayChange: boolean): HTMLElement {
  const { id, status, reason, players, refused, totalGold, reversalOf, createdAt, minLevel, maxLevel } =
    reward;
  const name = reversalOf === null ? reason : t('campaign.reversalOf', { id: reversalOf });
  const reverse = h(
    'button',
    {
      class: 'plain',
      onclick: () =>
        void confirmAndDo(
          {
            title: t('campaign.reverseTitle', { id }),
            text: t('campaign.reverseText'),
            action: t('campaign.reverse'),
            isDangerous: true,
          },
          () => act('campaign.reverse', { id, key: crypto.randomUUID() }),
        ),
    },
    t('campaign.reverse'),
  );
  return h(
    'div',
    { class: 'campaign', 'data-id': id },
    h('div', {}, h('b', {}, name), ` · ${t('column.level')} ${minLevel}–${maxLevel}`),
    badge(status),
    h(
      'small',
      {},
      [
        t('campaign.progress', { n: whole(players) }),
        t('campaign.total', { n: whole(totalGold) }),
        ...(refused > 0 ? [t('campaign.refused', { n: whole(refused) })] : []),
        dateTime(createdAt),
      ].join(' · '),
    ),
    mayChange && status === 'done' && reversalOf === null && reverse,
    // How many it will reach in the end is not known while it runs.
    status === 'running' && h('progress', { 'aria-label': t('state.running') }),
  );
}
