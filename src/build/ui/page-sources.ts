import { relative, sep } from 'node:path';
import type { Plugin } from 'vite';
import type { UiPlace } from './ui-question.js';

/**
 * Makes the page load sources in the place of the outputs of the project's own build that it names.
 * A script becomes a module; a style sheet that comes with its script is dropped.
 */
export function pageSources(place: UiPlace, command: 'build' | 'serve'): Plugin {
  return {
    name: 'alga:page-sources',
    transformIndexHtml: {
      order: 'pre',
      handler: (html) => withSources(html, place, command),
    },
  };
}

function withSources(html: string, place: UiPlace, command: 'build' | 'serve'): string {
  return place.replacements.reduce((text, { kind, url, source }) => {
    const address = source === undefined ? undefined : addressOf(source, place.root, command);
    const tag = kind === 'script' ? /<script\b[^>]*>\s*<\/script\s*>/gi : /<link\b[^>]*>/gi;
    return text.replace(tag, (element) => {
      if (!names(element, url)) return element;
      if (address === undefined) return '';
      return kind === 'script'
        ? `<script type="module" src="${address}"></script>`
        : `<link rel="stylesheet" href="${address}">`;
    });
  }, html);
}

function names(element: string, url: string): boolean {
  const written = /\b(?:src|href)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))/i.exec(element);
  const address = written?.[1] ?? written?.[2] ?? written?.[3];
  return address?.replace(/[?#].*$/, '') === url;
}

/** Relative to the page where that works; a source outside the page's folder is served under its path. */
function addressOf(source: string, root: string, command: 'build' | 'serve'): string {
  const path = relative(root, source).split(sep).join('/');
  if (!path.startsWith('..')) return `./${path}`;
  const absolute = source.split(sep).join('/');
  return command === 'build' ? path : `/@fs${absolute.startsWith('/') ? '' : '/'}${absolute}`;
}
