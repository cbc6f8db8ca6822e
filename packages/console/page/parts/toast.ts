import { h } from '../dom.ts';

const shownMs = 6_000;

/** Tells shortly how something went. Screen readers read it out. */
export function toast(text: string, isBad = false): void {
  const place = document.querySelector('.toasts');
  const element = h('div', { class: isBad ? 'toast bad' : 'toast', role: isBad ? 'alert' : 'status' }, text);
  place?.append(element);
  window.setTimeout(() => element.remove(), shownMs);
}

/** Where toasts appear. */
export function toastPlace(): HTMLElement {
  return h('div', { class: 'toasts', 'aria-live': 'polite' });
}
