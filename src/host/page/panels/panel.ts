import type { ChannelMessage } from '../../wire/messages.js';
import type { Api } from '../api.js';
import { fill, h } from '../dom.js';

/** One tab of the author's tools. */
export interface Panel {
  readonly key: string;
  readonly title: string;
  readonly element: HTMLElement;
  /** The tab was chosen: show what is true now. */
  open(): void;
  hear?(message: ChannelMessage): void;
}

export interface PanelContext {
  readonly api: Api;
  readonly registryId: string;
}

/** Runs work of a panel; a refusal or failure is shown in the panel's own line. */
export async function attempt(line: HTMLElement, work: () => Promise<void>): Promise<void> {
  try {
    fill(line);
    await work();
  } catch (error) {
    fill(line, error instanceof Error ? error.message : String(error));
  }
}

/** The line in which a panel says what went wrong. */
export function problemLine(): HTMLElement {
  return h('p', { class: 'panel-problem', role: 'alert' });
}

/** What a panel says while it has nothing to show. */
export function emptyLine(text: string): HTMLElement {
  return h('p', { class: 'muted panel-empty' }, text);
}

/** A form whose fields are read by name; sends once at a time. */
export function form(
  fields: readonly HTMLElement[],
  submitLabel: string,
  onSubmit: (values: Readonly<Record<string, string>>) => Promise<void>,
): HTMLFormElement {
  const send = h('button', { type: 'submit', class: 'button is-primary' }, submitLabel);
  const element = h(
    'form',
    {
      class: 'panel-form',
      on: {
        submit: (event) => {
          event.preventDefault();
          send.disabled = true;
          const values = Object.fromEntries(
            [...new FormData(element)].map(([key, value]) => [key, String(value)]),
          );
          void onSubmit(values).finally(() => {
            send.disabled = false;
          });
        },
      },
    },
    ...fields,
    send,
  );
  return element;
}

/** A labelled text field. */
export function field(
  label: string,
  name: string,
  more: Readonly<Record<string, string | boolean>> = {},
): HTMLElement {
  const input = h('input', { class: 'input', name, autocomplete: 'off', spellcheck: 'false', ...more });
  return h('label', { class: 'field' }, h('span', {}, label), input);
}
