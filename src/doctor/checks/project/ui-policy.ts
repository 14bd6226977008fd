import type { Check, Observation } from '../../check.js';
import { findArtifacts } from '../../sources/artifacts.js';
import { observed } from './diagnostics.js';

const SCRIPT = /<script\b([^>]*)>([\s\S]*?)<\/script\s*>/gi;
const JAVASCRIPT = /^(?:module|text\/javascript|application\/javascript)?$/i;
const REFERENCE = /<(script|link|img)\b[^>]*?\b(?:src|href)\s*=\s*["']((?:https?:)?\/\/[^"']+)/gi;
const HANDLER = /<[a-z][^>]*\s(on[a-z]+)\s*=/i;

/** The page needs nothing that the product's content security policy blocks. */
export const uiPolicyCheck: Check = {
  id: 'project.ui-policy',
  title: 'The page keeps to the content security policy',
  group: 'project',
  why: 'The browser drops inline scripts and files from other hosts without a word on the page: it stays empty or bare.',
  run: async (view) => {
    const { page } = await findArtifacts(view);
    return page === undefined ? observed(view, /^UI_INLINE_SCRIPT$/) : blockedIn(page);
  },
};

/** What of a page would be blocked. */
export function blockedIn(html: string): Observation[] {
  const page = html.replace(/<!--[\s\S]*?-->/g, '');
  const found: string[] = [];
  for (const [, attributes = '', code = ''] of page.matchAll(SCRIPT)) {
    const type = /\btype\s*=\s*["']?([^"'\s>]*)/i.exec(attributes)?.[1] ?? '';
    if (!/\bsrc\s*=/i.test(attributes) && code.trim() !== '' && JAVASCRIPT.test(type))
      found.push('an inline script');
  }
  const bare = page.replace(SCRIPT, '');
  const handler = HANDLER.exec(bare)?.[1];
  if (handler !== undefined) found.push(`the attribute ${handler}`);
  for (const [, tag, url] of page.matchAll(REFERENCE)) found.push(`${tag} from ${url}`);
  if (found.length === 0) return [];
  return [
    {
      severity: 'warning',
      seen: `ui/index.html has ${[...new Set(found)].join(', ')}`,
      expected: "everything comes from files of the UI itself (script-src 'self'; default-src 'self')",
      fix: {
        summary: 'Move scripts into files and ship what other hosts serve',
        command: 'alga validate',
        safe: false,
      },
    },
  ];
}
