import { button } from '../controls.js';
import { h } from '../dom.js';

/** A named value with a button that removes it. */
export function valueRow(name: string, value: string, onRemove: () => Promise<void>): HTMLElement {
  const remove = button('Remove', () => void onRemove());
  remove.setAttribute('aria-label', `Remove ${name}`);
  return h('li', { class: 'pair' }, h('code', {}, name), h('span', { class: 'muted' }, value), remove);
}
