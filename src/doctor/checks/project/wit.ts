import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { projectDefinition } from '../../../build/handler/wit/interface-definition.js';
import { packageRoot } from '../../../core/entry.js';
import type { Project } from '../../../project/types.js';
import type { Check, Fix } from '../../check.js';

/** The project's WIT file is the runner's, or a part of it. */
export const witCheck: Check = {
  id: 'project.wit',
  title: 'The WIT file asks for what the runner has',
  group: 'project',
  why: 'A component made from it does not start in the runner, or the build stops at its first record.',
  run: async (view) => {
    const project = await view.project();
    const { handler, root, warnings } = project;
    if (handler === undefined) return [];
    const outdated = warnings.filter(({ code }) => code === 'WIT_OUTDATED');
    const input = { projectRoot: root, handler, features: 'default' } as const;
    const refused = outdated.length > 0 ? outdated : (await projectDefinition(input)).warnings;
    return refused.map(({ message, file = '' }) => ({
      severity: 'warning' as const,
      seen: message,
      expected: 'it declares package alga:extension, world runner, and only interfaces of the runner',
      fix: replacement(project, join(root, file)),
    }));
  },
};

function replacement({ root }: Project, path: string): Fix {
  return {
    summary: 'Replace it with the definition the runner implements',
    command: `rm ${path.slice(root.length + 1)}`,
    safe: false,
    plan: async () => {
      const [before, after] = await Promise.all([
        readFile(path, 'utf8'),
        readFile(join(packageRoot(), 'runner', 'wit', 'extension-runner.wit'), 'utf8'),
      ]);
      return [{ kind: 'file', path, before, after }];
    },
  };
}
