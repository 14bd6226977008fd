import type { ExtensionState } from '../wire/messages.js';
import { fill, h } from './dom.js';
import { clock, shortHash } from './status-badge.js';

/** The list of `/msp/settings/extensions`. */
export class ExtensionList {
  readonly element = h('div', { class: 'list' });

  draw(extensions: readonly ExtensionState[]): void {
    const none = h('p', {}, 'No extension is part of this session yet.');
    fill(this.element, ...(extensions.length === 0 ? [none] : extensions.map(card)));
  }
}

function card({ registryId, extension, displayName, served, errors }: ExtensionState): HTMLElement {
  const facts: [string, string][] = [
    ['Extension', extension],
    ['Registry id', registryId],
    ['Version', served?.version ?? 'not published yet'],
    ['Bundle', served ? `${shortHash(served.contentHash)} since ${clock(served.since)}` : 'none'],
    ['State', errors.length === 0 ? 'good' : 'the last save failed'],
  ];
  return h(
    'article',
    { class: 'card' },
    h('h2', {}, h('a', { href: `/msp/extensions/${registryId}` }, displayName)),
    h('dl', { class: 'facts' }, ...facts.flatMap(([term, value]) => [h('dt', {}, term), h('dd', {}, value)])),
  );
}
