import { h } from './dom.js';

export interface Choice<T extends string> {
  readonly value: T;
  readonly label: string;
  /** Longer text for the tooltip. */
  readonly title?: string;
}

/** A row of buttons of which one is pressed. */
export function segmented<T extends string>(
  label: string,
  choices: readonly Choice<T>[],
  current: T,
  onChoose: (value: T) => void,
): HTMLElement {
  const buttons = choices.map(({ value, label: text, title }) =>
    h(
      'button',
      {
        type: 'button',
        class: 'segment',
        'aria-pressed': String(value === current),
        ...(title === undefined ? {} : { title }),
        on: {
          click: () => {
            for (const button of buttons) button.setAttribute('aria-pressed', String(button.value === value));
            onChoose(value);
          },
        },
        value,
      },
      text,
    ),
  );
  return h('div', { class: 'segmented', role: 'group', 'aria-label': label }, ...buttons);
}

/** A labelled choice from a list. */
export function select<T extends string>(
  label: string,
  choices: readonly Choice<T>[],
  current: T,
  onChoose: (value: T) => void,
): HTMLElement {
  const list = h(
    'select',
    { class: 'select', 'aria-label': label, on: { change: () => onChoose(list.value as T) } },
    ...choices.map(({ value, label: text }) => h('option', { value, selected: value === current }, text)),
  );
  return list;
}

/** A plain button. */
export function button(text: string, onClick: () => void, title?: string): HTMLButtonElement {
  return h(
    'button',
    { type: 'button', class: 'button', ...(title ? { title } : {}), on: { click: onClick } },
    text,
  );
}
