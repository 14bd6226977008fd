import { join } from 'node:path';
import { z } from 'zod';
import { algaError } from '../../core/errors/alga-error.js';
import { planFiles } from '../create/plan.js';
import { templateFolder } from '../create/templates.js';
import { isFile, namesIn, readTextIfThere, shownPath } from '../files.js';
import type { Project } from '../types.js';
import type { Addition, FileEdit } from './edits.js';
import { declaresVitest } from './endpoint-test.js';
import { withProperty } from './json-edit.js';
import { manifestEdit } from './manifest-edit.js';

const packageSchema = z.looseObject({
  dependencies: z.record(z.string(), z.string()).default({}),
  devDependencies: z.record(z.string(), z.string()).default({}),
});

/** A page for a project that has none: the `ui-static` or `ui-react` template's, and its menu entry. */
export async function addUi(project: Project, template: 'ui-static' | 'ui-react'): Promise<Addition> {
  const page = 'ui/index.html';
  if (project.ui !== undefined || (await isFile(join(project.root, page)))) {
    const file =
      project.ui === undefined ? page : shownPath(project.root, join(project.ui.root, 'index.html'));
    throw algaError('ADD_EXISTS', { what: 'A UI', file });
  }
  const folder = await templateFolder(template, project.root);
  const displayName = labelOf(project.manifest.name);
  const files = await planFiles(folder, {
    name: project.manifest.name,
    displayName,
    version: project.manifest.version,
  });
  const wanted = await partsOf(project, template);
  const parts = files.filter(({ path }) => wanted(path));
  const ui = { type: 'iframe', entry: page, hooks: { appMenu: { label: displayName } } };
  const manifest = manifestEdit(project, withProperty(project.manifestText, '', 'ui', ui));
  const packages = template === 'ui-react' ? await packageEdit(project, folder) : [];
  return {
    edits: [
      ...parts.map(({ path, content }): FileEdit => ({ path, kind: 'new', content })),
      ...(template === 'ui-react' ? await typesEdit(folder) : []),
      ...packages,
      manifest,
    ],
    notes: packages.length === 0 ? [] : ['New packages are needed: npm install'],
  };
}

/** Which of a template's files a project gets: the page, how it is built, and its tests where tests can be run. */
async function partsOf(
  project: Project,
  template: 'ui-static' | 'ui-react',
): Promise<(path: string) => boolean> {
  const runsTests = template === 'ui-react' || (await declaresVitest(project.root));
  const taken = new Set(await namesIn(join(project.root, 'test')));
  return (path) => {
    if (path.startsWith('test/')) return runsTests && !taken.has(path.slice('test/'.length));
    return path.startsWith('ui/') || path === 'vite.config.ts';
  };
}

/** The page's own TypeScript configuration: it knows the browser, the handler does not. */
async function typesEdit(folder: string): Promise<FileEdit[]> {
  const text = await readTextIfThere(join(folder, 'tsconfig.json'));
  if (text === undefined) return [];
  return [{ path: 'ui/tsconfig.json', kind: 'new', content: withProperty(text, '', 'include', ['src']) }];
}

/** The template's packages that the project does not declare yet. */
async function packageEdit(project: Project, folder: string): Promise<FileEdit[]> {
  const wanted = packageSchema.parse(
    JSON.parse((await readTextIfThere(join(folder, 'package.json'))) ?? '{}'),
  );
  const before =
    (await readTextIfThere(join(project.root, 'package.json'))) ??
    '{\n  "private": true,\n  "type": "module"\n}\n';
  const declared = packageSchema.parse(JSON.parse(before));
  let text = before;
  for (const list of ['dependencies', 'devDependencies'] as const) {
    const merged = { ...wanted[list], ...declared[list] };
    const sorted = Object.fromEntries(Object.entries(merged).sort(([a], [b]) => (a < b ? -1 : 1)));
    if (Object.keys(sorted).length > Object.keys(declared[list]).length)
      text = withProperty(text, '', list, sorted);
  }
  const kind = (await isFile(join(project.root, 'package.json'))) ? 'changed' : 'new';
  return text === before ? [] : [{ path: 'package.json', kind, content: text }];
}

function labelOf(name: string): string {
  const words = (name.split('.').at(-1) ?? name).replaceAll('-', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
