import type { PageBoot } from '../wire/boot.js';
import { button } from './controls.js';
import { h } from './dom.js';

/** What stands in the place of a page for which nothing could be looked up. */
export function loadFailure({ message, hint }: NonNullable<PageBoot['loadError']>): HTMLElement {
  return h(
    'div',
    { class: 'frame-empty', role: 'alert' },
    h('h2', {}, 'The extension could not be loaded'),
    h('p', {}, message),
    h('p', {}, hint),
    button('Try again', () => location.reload()),
  );
}
