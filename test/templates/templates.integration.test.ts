import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { createTypeChecker } from '../../src/build/types/index.js';
import { createUiBuilder } from '../../src/build/ui/index.js';
import { filesBelow } from '../../src/build/ui/ui-folder.js';
import { packageRoot } from '../../src/core/entry.js';
import { loadProject, validateManifest } from '../../src/project/index.js';
import { type ScratchProject, scratchProject } from '../support/scratch.js';

const TEMPLATES = ['full', 'ui-react', 'ui-static', 'component'];
const never = new AbortController().signal;
const templates = join(packageRoot(), 'templates');
const checker = createTypeChecker();
const builder = createUiBuilder();
let project: ScratchProject | undefined;

afterAll(async () => {
  await checker.stop();
  await builder.stop();
});
afterEach(async () => {
  await project?.remove();
  project = undefined;
});

describe.each(TEMPLATES)('the template %s', (name) => {
  it('has a manifest without a fault, and is recognised without a warning', async () => {
    project = await scratchProject(name, `tpl-${name}`);
    const text = await project.read('manifest.json');
    expect(validateManifest(text, 'manifest.json').warnings).toEqual([]);
    const found = await loadProject(project.root);
    expect(found.warnings).toEqual([]);
    expect(found.ui?.kind).toBe({ full: 'vite', 'ui-react': 'vite', 'ui-static': 'static' }[name]);
    expect(found.handler?.entry).toBe(
      name === 'full' || name === 'component' ? join(project.root, 'src/handler.ts') : undefined,
    );
  });

  it('has no type error and builds its page without a warning', async () => {
    project = await scratchProject(name, `tpl-${name}`);
    expect((await checker.check({ projectRoot: project.root }, never)).errors).toEqual([]);
    const { ui } = await loadProject(project.root);
    if (ui === undefined) return;
    const outDir = join(project.root, 'out');
    const artifact = await builder.build({ projectRoot: project.root, ui, outDir }, never);
    expect(artifact.warnings).toEqual([]);
    expect(await filesBelow(outDir)).toContain('index.html');
    await rm(outDir, { recursive: true });
  });

  it('asks only for the placeholders that are filled in at creation', async () => {
    for (const file of await filesBelow(join(templates, name))) {
      const text = await readFile(join(templates, name, file), 'utf8');
      for (const [, placeholder] of text.matchAll(/\{\{(.*?)\}\}/g)) {
        expect(['name', 'publisher', 'displayName', 'version'], file).toContain(placeholder);
      }
    }
  });

  it('pins the versions that this repository is tested with', async () => {
    const file = join(templates, name, 'package.json');
    const own = await packages(join(packageRoot(), 'package.json'));
    for (const [dependency, range] of Object.entries(await packages(file))) {
      expect(range, dependency).toBe(own[dependency]);
    }
  });
});

async function packages(file: string): Promise<Record<string, string>> {
  const { dependencies = {}, devDependencies = {} } = JSON.parse(await readFile(file, 'utf8'));
  return { ...dependencies, ...devDependencies };
}

describe('what templates share', () => {
  it.each([
    ['full/src/alga-extension.d.ts', 'component/src/alga-extension.d.ts'],
    ['full/src/responses.ts', 'component/src/responses.ts'],
    ['full/ui/src/bridge.ts', 'ui-react/ui/src/bridge.ts'],
    ['full/ui/src/theme.ts', 'ui-react/ui/src/theme.ts'],
    ['../runner/wit/extension-runner.wit', 'full/wit/extension-runner.wit'],
    ['../runner/wit/extension-runner.wit', 'component/wit/extension-runner.wit'],
    ['full/_gitignore', 'component/_gitignore'],
    ['full/_gitignore', 'ui-react/_gitignore'],
    ['full/_gitignore', 'ui-static/_gitignore'],
  ])('%s and %s are the same', async (one, other) => {
    const read = (path: string) => readFile(join(templates, path), 'utf8');
    expect(await read(other)).toBe(await read(one));
  });

  it('declares every function of the guest interfaces, under its JavaScript name', async () => {
    const wit = await readFile(join(packageRoot(), 'runner/wit/extension-runner.wit'), 'utf8');
    const declarations = await readFile(join(templates, 'full/src/alga-extension.d.ts'), 'utf8');
    const camel = (name: string) => name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
    const block = (name: string) =>
      declarations.split(`declare module 'alga:extension/${name}' {`)[1]?.split('\n}\n')[0] ?? '';
    let functions = 0;
    for (const [, name = '', body = ''] of wit.matchAll(/interface ([\w-]+) \{([\s\S]*?)\n\}/g)) {
      for (const [, field = ''] of body.matchAll(/^\s*%?([\w-]+): func\(/gm)) {
        functions++;
        expect(block(name), `${name}.${field}`).toMatch(new RegExp(`(?:function |as )${camel(field)}\\b`));
      }
      for (const [, record = '', fields = ''] of body.matchAll(/record ([\w-]+) \{([\s\S]*?)\n\s*\}/g)) {
        for (const [, field = ''] of fields.matchAll(/^\s*%?([\w-]+):/gm)) {
          expect(block('types'), `${record}.${field}`).toMatch(new RegExp(`\\b${camel(field)}\\??:`));
        }
      }
    }
    expect(functions).toBe(25);
  });
});
