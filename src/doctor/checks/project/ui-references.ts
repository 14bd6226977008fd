import { posix } from 'node:path';
import type { Check } from '../../check.js';
import { findArtifacts } from '../../sources/artifacts.js';
import { observed } from './diagnostics.js';

const REFERENCE = /<(?:script|link|img)\b[^>]*?\b(?:src|href)\s*=\s*["']([^"'#?]+)/gi;

/** Every script and style the page asks for is in the bundle. */
export const uiReferencesCheck: Check = {
  id: 'project.ui-references',
  title: 'The page asks only for files that are there',
  group: 'project',
  why: 'For a missing script the product answers with the page itself: HTML where JavaScript is expected, and an empty frame.',
  run: async (view) => {
    const { page, uiFiles, from } = await findArtifacts(view);
    if (page === undefined) return observed(view, /^UI_FILE_MISSING$/);
    const missing = localReferences(page).filter((name) => !uiFiles.includes(name));
    if (missing.length === 0) return [];
    return [
      {
        severity: 'problem',
        seen: `ui/index.html asks for ${missing.join(', ')}, not in ${from}`,
        expected: 'every file it names lies below ui/',
        fix: { summary: 'Build the UI again, or mend the reference', command: 'alga build', safe: false },
      },
    ];
  },
};

/** Files of the UI that a page names. An address from the root never reaches the UI, so its path is kept. */
export function localReferences(html: string): string[] {
  const names = [...html.replace(/<!--[\s\S]*?-->/g, '').matchAll(REFERENCE)].flatMap(([, url = '']) =>
    /^(?:[a-z][a-z0-9+.-]*:|\/\/)/i.test(url) ? [] : [posix.normalize(url).replace(/^\.\//, '')],
  );
  return [...new Set(names)];
}
