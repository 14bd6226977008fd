import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../../src/core/entry.js';

/** One fixture project and what is to be found in it. */
export interface Shape {
  readonly name: string;
  /** Folder below the fixture in which the tool is run. */
  readonly folder?: string;
  readonly summary: string;
  readonly handler: boolean;
  readonly ui: boolean;
  /** Codes of the expected warnings. */
  readonly warnings?: readonly string[];
}

const VITE = 'built by Vite';
const PLAIN = 'plain files';
const BUILT_IN = 'built-in WIT';

/** Every shape of project that is known in the wild. */
export const SHAPES: readonly Shape[] = [
  { name: 'static-ui', summary: `no handler, UI ui/ (${PLAIN})`, handler: false, ui: true },
  { name: 'copied-ui', summary: `no handler, UI ui/ (${PLAIN})`, handler: false, ui: true },
  { name: 'bundled-ui', summary: `no handler, UI ui/ (${VITE})`, handler: false, ui: true },
  { name: 'vite-library-ui', summary: `no handler, UI ui/ (${VITE})`, handler: false, ui: true },
  {
    name: 'component-only',
    summary: 'TypeScript handler src/index.ts (wit/extension-runner.wit), no UI',
    handler: true,
    ui: false,
  },
  {
    name: 'wrapper-static-ui',
    summary: `TypeScript handler src/index.ts (wit/ext.wit), UI ui/ (${PLAIN})`,
    handler: true,
    ui: true,
  },
  {
    name: 'ui-in-place',
    summary: `TypeScript handler src/backend/index.ts (wit/extension-runner.wit), UI ui/ (${VITE})`,
    handler: true,
    ui: true,
  },
  {
    name: 'ui-to-dist',
    summary: `TypeScript handler src/index.ts (${BUILT_IN}), UI ui/ (${VITE})`,
    handler: true,
    ui: true,
  },
  {
    name: 'component-vite-ui',
    summary: `TypeScript handler src/handler.ts (${BUILT_IN}), UI ui/ (${VITE})`,
    handler: true,
    ui: true,
  },
  {
    name: 'split',
    summary: `TypeScript handler component/src/handler.ts (component/wit/extension-runner.wit), UI ui/ (${PLAIN})`,
    handler: true,
    ui: true,
  },
  {
    name: 'guide-layout',
    summary: `TypeScript handler src/component/handler.ts (src/component/wit/extension-runner.wit), UI src/ui/ (${VITE})`,
    handler: true,
    ui: true,
  },
  {
    name: 'javascript',
    summary: `JavaScript handler src/handler.js (${BUILT_IN}), UI ui/ (${PLAIN})`,
    handler: true,
    ui: true,
  },
  {
    name: 'outdated-wit',
    summary: 'TypeScript handler src/handler.ts (built-in WIT in place of an outdated one), no UI',
    handler: true,
    ui: false,
    warnings: ['MANIFEST_FIELD_REFUSED', 'WIT_OUTDATED'],
  },
  {
    name: 'script-ui',
    summary: 'no handler, UI dist/ui/ (built by "npm run build:ui")',
    handler: false,
    ui: true,
  },
  {
    name: 'workspace',
    folder: 'packages/extension',
    summary: `TypeScript handler src/handler.ts (${BUILT_IN}), UI ui/ (${VITE})`,
    handler: true,
    ui: true,
  },
  {
    name: 'other-language',
    summary: 'component built by "node build.mjs", no UI',
    handler: true,
    ui: false,
  },
];

/** Copies of fixtures below the repository, so that their packages are found in its own `node_modules`. */
export interface ShapeCopies {
  readonly root: string;
  copy(shape: Shape): Promise<string>;
  remove(): Promise<void>;
}

/** Makes a folder for copies; `copy` answers with the folder in which the tool is to be run. */
export async function shapeCopies(): Promise<ShapeCopies> {
  const parent = join(packageRoot(), '.alga', 'test');
  await mkdir(parent, { recursive: true });
  const root = await mkdtemp(join(parent, 'shapes-'));
  return {
    root,
    copy: async ({ name, folder = '.' }) => {
      const target = join(root, name);
      await cp(join(packageRoot(), 'test/fixtures/projects', name), target, { recursive: true });
      return join(target, folder);
    },
    remove: () => rm(root, { recursive: true, force: true }),
  };
}
