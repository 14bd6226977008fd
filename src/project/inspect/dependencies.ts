import { builtinModules } from 'node:module';
import { dirname, resolve } from 'node:path';
import { installedPackage, isDirectory, isFile, readTextIfThere, shownPath } from '../files.js';
import { JsonSyntaxError, locateJson, pointerTo } from '../json-positions.js';
import { type PackageFile, readPackage } from '../shape/package-file.js';
import { addCommand, findPackageManager, type PackageManagerName } from '../shape/package-manager.js';
import { lineAndColumn } from '../source-frame.js';
import { sourceGraph } from '../source-graph.js';
import type { Diagnostic, Project } from '../types.js';
import { impossibleRanges } from './published-versions.js';

/** Names that packages had before they were published; projects made from older samples still use them. */
const RENAMED: Readonly<Record<string, string>> = {
  '@alga/extension-runtime': '@alga-psa/extension-runtime',
  '@alga/extension-iframe-sdk': '@alga-psa/extension-iframe-sdk',
  '@alga/ui-kit': '@alga-psa/ui-kit',
};

/**
 * Finds packages that the sources import and that are not installed, and dependencies on folders
 * that do not exist. Each finding names the command that mends it. Nothing is looked up or fetched.
 */
export async function dependencyFindings(project: Project): Promise<Diagnostic[]> {
  const root = project.handler?.root ?? project.root;
  const manager = await findPackageManager(project.root);
  const packages = await packagesOf(project, root);
  const folders = (await Promise.all(packages.map((pkg) => lostFolders(project.root, pkg)))).flat();
  const imports = await missingImports(project);
  const declared = new Set(packages.flatMap((pkg) => Object.keys(pkg.dependencies)));
  const notInstalled = imports.filter(({ name }) => declared.has(name));
  const unknown = imports.filter(({ name }) => !declared.has(name));
  const impossible = (
    await Promise.all(packages.map((pkg) => rangeFindings(project.root, pkg, manager.name)))
  ).flat();
  return [
    ...folders,
    ...impossible,
    ...(notInstalled.length === 0 ? [] : [installFinding(notInstalled, manager.name)]),
    ...unknown.map((missing) => addFinding(missing, manager.name)),
  ];
}

async function packagesOf(project: Project, handlerRoot: string): Promise<PackageFile[]> {
  const dirs = [...new Set([project.root, handlerRoot])];
  return (await Promise.all(dirs.map(readPackage))).filter((pkg) => pkg !== undefined);
}

interface MissingImport {
  /** Package name, without a path inside it. */
  readonly name: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

async function missingImports(project: Project): Promise<MissingImport[]> {
  const found = new Map<string, MissingImport>();
  for (const entry of entriesOf(project)) {
    const graph = await sourceGraph(entry);
    for (const [specifier, importers] of graph.bare) {
      const name = packageName(specifier);
      const importer = importers[0];
      if (
        name === undefined ||
        importer === undefined ||
        found.has(name) ||
        (await installedPackage(name, dirname(importer))) !== undefined
      )
        continue;
      const text = graph.modules.get(importer)?.text ?? '';
      const place = lineAndColumn(text, Math.max(0, text.indexOf(specifier)));
      found.set(name, { name, file: shownPath(project.root, importer), ...place });
    }
  }
  return [...found.values()];
}

function entriesOf({ handler, ui }: Project): string[] {
  const scripts = (ui?.replacements ?? []).flatMap(({ kind, source }) =>
    kind === 'script' && source ? [source] : [],
  );
  const pages = ui?.kind === 'vite' ? (ui.entries ?? []) : [];
  return [...(handler === undefined ? [] : [handler.entry]), ...scripts, ...pages];
}

/** `@scope/name` or `name` of a specifier; undefined for what is no package of the registry. */
function packageName(specifier: string): string | undefined {
  if (/^(?:[a-z]+:|\/|#|~\/|@\/|virtual:)/.test(specifier) || builtinModules.includes(specifier))
    return undefined;
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}

/** Dependencies of the form `file:../x` whose folder is not there: parts of somebody's monorepo. */
async function lostFolders(projectRoot: string, pkg: PackageFile): Promise<Diagnostic[]> {
  const found: Diagnostic[] = [];
  for (const [name, range] of Object.entries(pkg.dependencies)) {
    const path = /^(?:file|link|portal):(.+)$/.exec(range)?.[1];
    if (path === undefined) continue;
    const target = resolve(pkg.dir, path);
    if ((await isDirectory(target)) || (await isFile(target))) continue;
    found.push({
      code: 'DEPENDENCY_FOLDER_MISSING',
      message: `${name} is to come from ${path}, which does not exist here.`,
      hint: `Use the published package: ${addCommand('npm', [RENAMED[name] ?? name])}`,
      file: shownPath(projectRoot, pkg.path),
      ...(await placeOfDependency(pkg, name)),
    });
  }
  return found;
}

/** Versions that never were, mended all at once: as long as one is left, nothing can be installed. */
async function rangeFindings(
  projectRoot: string,
  pkg: PackageFile,
  manager: PackageManagerName,
): Promise<Diagnostic[]> {
  const impossible = impossibleRanges(pkg);
  const command = addCommand(
    manager,
    impossible.map(({ name, instead }) => `${name}@${instead}`),
  );
  return await Promise.all(
    impossible.map(async ({ name, range }) => ({
      code: 'DEPENDENCY_VERSION_UNPUBLISHED',
      message: `No version of ${name} was ever published that fits "${range}", so nothing can be installed.`,
      hint: `Run: ${command}`,
      file: shownPath(projectRoot, pkg.path),
      ...(await placeOfDependency(pkg, name)),
    })),
  );
}

async function placeOfDependency(pkg: PackageFile, name: string): Promise<{ line: number; column: number }> {
  const text = (await readTextIfThere(pkg.path)) ?? '';
  try {
    const { keys } = locateJson(text);
    for (const list of ['dependencies', 'devDependencies', 'peerDependencies', 'optionalDependencies']) {
      const range = keys.get(pointerTo(`/${list}`, name));
      if (range !== undefined) return lineAndColumn(text, range.start);
    }
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
  }
  return { line: 1, column: 1 };
}

function installFinding(missing: readonly MissingImport[], manager: PackageManagerName): Diagnostic {
  const names = missing.map(({ name }) => name).join(', ');
  return {
    code: 'DEPENDENCIES_NOT_INSTALLED',
    message: `Declared in package.json but not installed: ${names}.`,
    hint: `Run: ${manager} install`,
    file: 'package.json',
  };
}

function addFinding({ name, ...place }: MissingImport, manager: PackageManagerName): Diagnostic {
  const renamed = RENAMED[name];
  return {
    code: 'DEPENDENCY_MISSING',
    message:
      renamed === undefined
        ? `${name} is imported, but neither declared in package.json nor installed.`
        : `${name} is the old name of ${renamed}.`,
    // This tool is no package of the registry: whatever has its name there is somebody else's.
    hint: `Run: ${name === 'alga' ? 'npm link alga' : addCommand(manager, [renamed ?? name])}`,
    ...place,
  };
}
