import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { blankComments } from '../../../project/source-scan.js';
import type { Observation } from '../../check.js';
import { installedPackage } from '../../sources/installed-package.js';
import { sourcesOf } from '../../sources/source-files.js';
import type { View } from '../../view.js';

/** The product's helpers for handlers: its repository has more of them than what is published. */
const PACKAGE = '@alga-psa/extension-runtime';
const NAMED = /\bimport\s*\{([^}]*)\}\s*from\s*(['"])@alga-psa\/extension-runtime\2/g;

/** Helpers that sources import by a name which the installed package does not have anywhere. */
export async function missingHelpers(view: View): Promise<Observation[]> {
  const project = await view.project();
  const { handler, root } = project;
  const installed = handler && (await installedPackage(dirname(handler.entry), PACKAGE));
  if (installed === undefined) return [];
  const code = await codeOf(installed.folder);
  const looked = (await sourcesOf(project)).map(async (path) => {
    const text = blankComments(await readFile(path, 'utf8').catch(() => ''));
    const names = [...text.matchAll(NAMED)].flatMap(([, list = '']) => importedNames(list));
    return names.filter((name) => !code.has(name)).map((name) => ({ path, name }));
  });
  const version = `${PACKAGE} ${installed.version ?? ''}`.trim();
  return (await Promise.all(looked)).flat().map(({ path, name }) => ({
    severity: 'problem',
    seen: `${relative(root, path)} imports ${name}, which ${version} does not have`,
    expected: 'a helper that is published',
    fix: {
      summary: `Write ${name} yourself, or take it from the product's repository`,
      command: `npm view ${PACKAGE} versions`,
      safe: false,
    },
  }));
}

function importedNames(list: string): string[] {
  return list
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '' && !/^type\s/.test(item))
    .map((item) => item.split(/\s+as\s+/)[0] ?? '');
}

/** Every word in the package's modules: whoever has none of a name cannot export it. */
async function codeOf(folder: string): Promise<ReadonlySet<string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const modules = entries.filter((entry) => entry.isFile() && /\.[cm]?[jt]s$/.test(entry.name));
  const texts = await Promise.all(
    modules.map((entry) => readFile(join(entry.parentPath, entry.name), 'utf8').catch(() => '')),
  );
  return new Set(texts.flatMap((text) => text.match(/[A-Za-z_$][\w$]*/g) ?? []));
}
