import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readSecrets } from '../../../project/index.js';
import type { Check, Fix } from '../../check.js';
import { observation } from './diagnostics.js';

/** Secrets of development stay out of the repository. */
export const secretsCheck: Check = {
  id: 'project.secrets',
  title: 'Secrets of development stay out of the repository',
  group: 'project',
  why: 'A secrets file that is not ignored is committed sooner or later.',
  run: async (view) => {
    const { root } = await view.validation();
    const warnings = (await readSecrets(root))?.warnings ?? [];
    return warnings.map((warning) => ({ ...observation(warning), fix: ignoring(root, warning.file ?? '') }));
  },
};

function ignoring(root: string, name: string): Fix {
  const path = join(root, '.gitignore');
  return {
    summary: `Add ${name} to .gitignore`,
    command: `echo ${name} >> .gitignore`,
    safe: true,
    plan: async () => {
      const before = await readFile(path, 'utf8').catch(() => null);
      const text = before === null || before === '' ? '' : before.replace(/\n?$/, '\n');
      return [{ kind: 'file', path, before, after: `${text}${name}\n` }];
    },
  };
}
