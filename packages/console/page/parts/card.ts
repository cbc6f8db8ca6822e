import { h, type Child } from '../dom.ts';

let headings = 0;

/** A titled part of a page. */
export function card(title: string, tools: readonly Child[], ...children: readonly Child[]): HTMLElement {
  headings += 1;
  const id = `card-${headings}`;
  return h(
    'section',
    { class: 'card', 'aria-labelledby': id },
    h('header', {}, h('h2', { id }, title), ...tools),
    ...children,
  );
}

/** The inside of a card, with room around it. */
export function cardBody(...children: readonly Child[]): HTMLElement {
  return h('div', { class: 'body' }, ...children);
}

/** A figure of the first glance. */
export interface Tile {
  readonly element: HTMLElement;
  readonly value: HTMLElement;
  readonly note: HTMLElement;
}

export function tile(title: string): Tile {
  const value = h('div', { class: 'value' });
  const note = h('div', { class: 'note' });
  return { element: h('div', { class: 'card tile' }, h('h3', {}, title), value, note), value, note };
}

/** A labelled input. */
export function field(label: string, input: HTMLElement, hint?: string): HTMLElement {
  return h(
    'label',
    { class: 'field' },
    label,
    input,
    hint !== undefined && h('span', { class: 'hint' }, hint),
  );
}

/** Names and values. */
export function facts(...pairs: readonly (readonly [string, Child])[]): HTMLElement {
  return h(
    'dl',
    { class: 'facts' },
    ...pairs.flatMap(([name, value]) => [h('dt', {}, name), h('dd', {}, value)]),
  );
}

/** A choice of few, one of them taken. */
export function segments<T extends string>(
  label: string,
  options: readonly { readonly value: T; readonly text: string }[],
  chosen: T,
  onChoose: (value: T) => void,
): HTMLElement {
  const buttons = options.map(({ value, text }) =>
    h(
      'button',
      {
        type: 'button',
        'aria-pressed': String(value === chosen),
        onclick: () => {
          for (const [index, button] of buttons.entries()) {
            button.setAttribute('aria-pressed', String(options[index]?.value === value));
          }
          onChoose(value);
        },
      },
      text,
    ),
  );
  return h('div', { class: 'segments', role: 'group', 'aria-label': label }, ...buttons);
}
