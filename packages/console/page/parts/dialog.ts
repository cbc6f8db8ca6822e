import { h, type Child } from '../dom.ts';
import { t } from '../words.ts';
import { glyph } from './glyph.ts';
import { toast } from './toast.ts';

export interface Confirmation {
  readonly title: string;
  /** What it means, in a sentence. */
  readonly text?: string;
  /** What is there and what will be. */
  readonly change?: readonly [string, string];
  readonly action: string;
  readonly isDangerous?: boolean;
  readonly details?: Child;
}

/** Asks before something is changed. Escape, and the button that has the focus at first, call it off. */
export function confirm({
  title,
  text,
  change,
  action,
  isDangerous,
  details,
}: Confirmation): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const dialog = h(
    'dialog',
    { 'aria-label': title },
    h(
      'form',
      { class: 'inside', method: 'dialog' },
      h('h2', {}, title),
      text !== undefined && h('p', {}, text),
      change !== undefined &&
        h('div', { class: 'change' }, h('span', {}, change[0]), glyph('arrow'), h('span', {}, change[1])),
      details,
      h(
        'div',
        { class: 'row end' },
        h('button', { value: 'no', autofocus: true }, t('action.cancel')),
        h('button', { class: isDangerous === true ? 'primary danger' : 'primary', value: 'yes' }, action),
      ),
    ),
  );
  dialog.addEventListener('close', () => {
    resolve(dialog.returnValue === 'yes');
    dialog.remove();
  });
  document.body.append(dialog);
  dialog.showModal();
  return promise;
}

/** Asks, does it, and tells how it went. @returns whether it was done */
export async function confirmAndDo(
  confirmation: Confirmation,
  run: () => Promise<unknown>,
): Promise<boolean> {
  if (!(await confirm(confirmation))) return false;
  return attempt(run, t('toast.done'));
}

/** Does something, and tells how it went. */
export async function attempt(run: () => Promise<unknown>, done: string): Promise<boolean> {
  try {
    await run();
    toast(done);
    return true;
  } catch (error) {
    toast((error as Error).message, true);
    return false;
  }
}

export interface Drawer {
  readonly body: HTMLElement;
  readonly closed: Promise<void>;
  close(): void;
}

/** A panel at the side with everything about one thing. */
export function openDrawer(title: string, ...children: readonly Child[]): Drawer {
  const { promise, resolve } = Promise.withResolvers<void>();
  const body = h('div', { class: 'stack' }, ...children);
  const dialog = h('dialog', { class: 'drawer', 'aria-label': title });
  const close = h(
    'button',
    { class: 'icon plain', 'aria-label': t('action.close'), onclick: () => dialog.close() },
    glyph('cross'),
  );
  const heading = h('h2', {}, title);
  heading.style.marginRight = 'auto';
  dialog.append(h('div', { class: 'inside' }, h('div', { class: 'row' }, heading, close), body));
  dialog.addEventListener('click', (event) => {
    if (event.target === dialog) dialog.close();
  });
  dialog.addEventListener('close', () => {
    dialog.remove();
    resolve();
  });
  document.body.append(dialog);
  dialog.showModal();
  return { body, closed: promise, close: () => dialog.close() };
}
