import type { Check } from '../../check.js';
import { observation } from './diagnostics.js';

const ELSEWHERE = /WITHOUT|CAPABILITY_UNKNOWN|^(?!MANIFEST_)/;

/** The product takes the manifest as it is. */
export const manifestCheck: Check = {
  id: 'project.manifest',
  title: 'The manifest is one the product accepts',
  group: 'project',
  why: 'The product refuses to publish or install the extension, and says only that the manifest is invalid.',
  run: async (view) => {
    const { ok, problems, warnings } = await view.validation();
    if (ok) return warnings.filter(({ code }) => !ELSEWHERE.test(code)).map(observation);
    return problems.map(({ message, file, line }) => ({
      severity: 'problem' as const,
      seen: `${message} (${file}:${line})`,
      expected: 'every rule of manifest v2 holds',
      fix: { summary: 'Mend the manifest', command: 'alga validate', safe: false },
    }));
  },
};
