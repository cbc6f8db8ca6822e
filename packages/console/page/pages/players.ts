import { h } from '../dom.ts';
import type { PageContext, PageView } from '../page-context.ts';

export function playersPage({ store }: PageContext): PageView {
  return { element: h('p', {}, String(store.table('cluster').size)) };
}
