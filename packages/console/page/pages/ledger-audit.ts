import { read } from '../api.ts';
import { h, replace } from '../dom.ts';
import { whole } from '../format.ts';
import { card, cardBody, facts } from '../parts/card.ts';
import { toast } from '../parts/toast.ts';
import { t } from '../words.ts';
import type { AuditReport } from './player-types.ts';

/** The proof that no coin was lost or minted, on demand: it reads the whole database. */
export function ledgerAuditCard(): HTMLElement {
  const place = h('div', { 'aria-live': 'polite' });
  const run = h('button', { onclick: () => void audit() }, t('ledgerAudit.run'));
  const audit = async (): Promise<void> => {
    run.disabled = true;
    replace(place, h('progress', { 'aria-label': t('ledgerAudit.running') }));
    try {
      replace(place, reportOf(await read<AuditReport>('player-service', 'any', 'v1/audit')));
    } catch (error) {
      place.replaceChildren();
      toast((error as Error).message, true);
    }
    run.disabled = false;
  };
  return card(
    t('ledgerAudit.title'),
    [run],
    cardBody(h('div', { class: 'stack' }, h('p', {}, t('ledgerAudit.text')), place)),
  );
}

function reportOf(report: AuditReport): HTMLElement {
  return h(
    'div',
    { class: 'stack' },
    report.balanced
      ? h('div', { class: 'notice good' }, t('ledgerAudit.balanced'))
      : h('div', { class: 'notice bad' }, t('ledgerAudit.unbalanced', { n: report.differences.length })),
    facts(
      [t('ledgerAudit.players'), whole(report.players)],
      [t('ledgerAudit.entries'), whole(report.entries)],
      [t('ledgerAudit.inBalances'), whole(report.goldInBalances)],
      [t('ledgerAudit.inEntries'), whole(report.goldInEntries)],
    ),
    report.differences.length > 0 &&
      facts(
        ...report.differences
          .slice(0, 20)
          .map(
            ({ playerId, balance, entries }) => [playerId, `${whole(balance)} ≠ ${whole(entries)}`] as const,
          ),
      ),
  );
}
