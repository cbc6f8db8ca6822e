import type { Session } from './api.ts';
import type { TableName } from '../src/live/tables.ts';
import type { Store } from './store.ts';

/** What a page works with. */
export interface PageContext {
  readonly store: Store;
  readonly session: Session;
  /** Operators may change things; viewers see the same page without the means. */
  readonly mayChange: boolean;
}

/** A page that is shown. */
export interface PageView {
  readonly element: HTMLElement;
  /** Called when tables have changed, at most once a frame. */
  update?(changed: ReadonlySet<TableName>): void;
  /** Called when another page is shown. */
  close?(): void;
}

export type Page = (context: PageContext) => PageView;
