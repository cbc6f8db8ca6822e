import type { AuditEntry } from '../../src/audit/audit-entry.ts';
import { readAudit } from '../api.ts';
import { h, replace } from '../dom.ts';
import { every } from '../every.ts';
import { dateTime } from '../format.ts';
import type { PageView } from '../page-context.ts';
import { card, cardBody } from '../parts/card.ts';
import { badge } from '../parts/status.ts';
import { t } from '../words.ts';

interface AuditPageBody {
  readonly items: readonly AuditEntry[];
  readonly missing: readonly string[];
}

const refreshMs = 4_000;
const maxShown = 240;

/** Who changed what, when, from what and to what. */
export function auditPage(): PageView {
  const place = h('div', {});
  let shown = '';
  const stop = every(refreshMs, async () => {
    const found = await readAudit<AuditPageBody>();
    const now = JSON.stringify(found);
    if (now === shown) return;
    shown = now;
    replace(
      place,
      found.missing.length > 0 &&
        h('div', { class: 'notice warn' }, t('audit.missing', { who: found.missing.join(', ') })),
      found.items.length === 0 ? h('p', { class: 'empty' }, t('audit.empty')) : auditTable(found.items),
    );
  });
  return {
    element: card(
      t('nav.audit'),
      [],
      cardBody(h('div', { class: 'stack' }, h('p', {}, t('audit.text')), place)),
    ),
    close: stop,
  };
}

function auditTable(items: readonly AuditEntry[]): HTMLElement {
  const heads = [
    t('column.time'),
    t('column.who'),
    t('column.action'),
    t('column.target'),
    t('column.before'),
    t('column.after'),
    t('column.outcome'),
  ];
  return h(
    'div',
    { class: 'scroll-x', tabindex: 0, role: 'region', 'aria-label': t('nav.audit') },
    h(
      'table',
      { class: 'list-table' },
      h('thead', {}, h('tr', {}, ...heads.map((title) => h('th', { scope: 'col' }, title)))),
      h(
        'tbody',
        {},
        ...items.map(({ at, who, action, target, before, after, outcome, detail, coordinator }) =>
          h(
            'tr',
            {},
            h('td', {}, h('time', { datetime: at, title: coordinator }, dateTime(at))),
            h(
              'td',
              { title: who.address },
              `${who.name} (${t(who.role === 'operator' ? 'role.operator' : 'role.viewer')})`,
            ),
            h('td', {}, h('code', {}, action)),
            h('td', {}, target),
            h('td', {}, h('div', { class: 'diff' }, brief(before))),
            h('td', {}, h('div', { class: 'diff' }, brief(after))),
            h('td', { title: detail }, badge(outcome), detail !== '' && h('small', {}, ` ${detail}`)),
          ),
        ),
      ),
    ),
  );
}

/** A value on one line, without the marks of JSON. */
function brief(value: unknown): string {
  if (value === null || value === undefined) return '–';
  const text = JSON.stringify(value).replaceAll(/[{}"]/g, '').replaceAll(',', ', ').replaceAll(':', ': ');
  return text.length > maxShown ? `${text.slice(0, maxShown)}…` : text;
}
