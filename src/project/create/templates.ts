import { join, resolve } from 'node:path';
import { packageRoot } from '../../core/entry.js';
import { algaError } from '../../core/errors/alga-error.js';
import { isFile } from '../files.js';

/** A kind of project that can be made: with a page, or a component alone. */
export type ProjectKind = 'extension' | 'component';

/** A template that ships with this tool. */
export interface Template {
  readonly name: string;
  readonly kind: ProjectKind;
  readonly about: string;
  /** What the published CLI calls the like. */
  readonly alias: string | undefined;
}

/** The templates that there are, by the folder below `templates/`. */
export const TEMPLATES: readonly Template[] = [
  {
    name: 'full',
    kind: 'extension',
    about: 'React page, TypeScript handler with endpoints, key-value storage',
    alias: undefined,
  },
  { name: 'ui-react', kind: 'extension', about: 'React page built by Vite, no handler', alias: 'ui-gallery' },
  { name: 'ui-static', kind: 'extension', about: 'plain HTML, CSS and JavaScript, no build', alias: 'basic' },
  {
    name: 'component',
    kind: 'component',
    about: 'TypeScript handler alone, no page',
    alias: 'component-basic',
  },
];

/** The template of each kind of project when none is named. */
export const DEFAULT_TEMPLATE: Readonly<Record<ProjectKind, string>> = {
  extension: 'full',
  component: 'component',
};

/**
 * Absolute folder of a template: one that ships with the tool, by its name or the name the published
 * CLI has for it, or a folder of the user's that holds a manifest. Throws `CREATE_TEMPLATE`.
 */
export async function templateFolder(template: string, cwd: string): Promise<string> {
  const known = TEMPLATES.find(({ name, alias }) => name === template || alias === template);
  if (known !== undefined) return join(packageRoot(), 'templates', known.name);
  const folder = resolve(cwd, template);
  if (/[\\/.]/.test(template) && (await isFile(join(folder, 'manifest.json')))) return folder;
  throw algaError('CREATE_TEMPLATE', { template, known: TEMPLATES.map(({ name }) => name).join(', ') });
}
