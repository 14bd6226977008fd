import { basename, dirname, extname, join } from 'node:path';
import { firstFile, isDirectory, isFile, readTextIfThere, shownPath } from '../files.js';
import { lineAndColumn } from '../source-frame.js';
import { sourceGraph } from '../source-graph.js';
import type { BuildCommand, Diagnostic, UiReplacement, UiShape } from '../types.js';
import { kitStyleSheet } from './kit-style.js';
import type { PackageFile } from './package-file.js';
import { findPackageManager, runScript } from './package-manager.js';
import { type PageReference, scanPage } from './page.js';
import { type ScriptBundle, scriptBundles } from './script-outputs.js';
import { type FoundViteConfig, findViteConfig } from './vite-config.js';

export interface FoundUi {
  readonly shape: UiShape;
  readonly warnings: readonly Diagnostic[];
}

const PAGES = ['ui', 'src/ui', 'src/iframe', 'iframe', 'src/frontend', 'frontend'];
const BUILT_PAGES = ['dist/ui', 'ui/dist', 'src/ui/dist', 'dist/iframe'];
/** Where a page's script comes from when neither the page nor a build script says it. */
const USUAL_SOURCES = ['src/iframe/main', 'src/ui/main', 'src/frontend/main', 'src/main'];
const BUILT_ENDINGS = ['.tsx', '.ts', '.jsx', '.mts'];

interface Context {
  readonly projectRoot: string;
  readonly root: string;
  readonly bundles: readonly ScriptBundle[];
  readonly vite: FoundViteConfig | undefined;
}

/**
 * Finds the page the iframe shows and how it is made: as it is, by Vite, or by the project's own
 * script. `named` is the folder of the page when the author says it.
 */
export async function findUi(
  projectRoot: string,
  pkg: PackageFile | undefined,
  named?: string,
): Promise<FoundUi | undefined> {
  const root = named ?? (await firstPage(projectRoot, PAGES));
  const bundles = pkg === undefined ? [] : await scriptBundles(pkg);
  if (root !== undefined) {
    const vite = await findViteConfig(root, projectRoot);
    return await fromPage({ projectRoot, root, bundles, vite }, pkg);
  }
  const vite = await findViteConfig(projectRoot, projectRoot);
  if (vite !== undefined && (await isFile(join(projectRoot, 'index.html')))) {
    return await fromPage({ projectRoot, root: projectRoot, bundles, vite }, pkg);
  }
  const built = await firstPage(projectRoot, BUILT_PAGES);
  if (built === undefined) return undefined;
  const shape = await prebuilt(projectRoot, built, pkg, 'only a built page was found');
  return { shape, warnings: [] };
}

async function firstPage(projectRoot: string, folders: readonly string[]): Promise<string | undefined> {
  const page = await firstFile(folders.map((folder) => join(projectRoot, folder, 'index.html')));
  return page === undefined ? undefined : dirname(page);
}

async function fromPage(context: Context, pkg: PackageFile | undefined): Promise<FoundUi> {
  const { projectRoot, root, vite } = context;
  const page = join(root, 'index.html');
  const html = (await readTextIfThere(page)) ?? '';
  const { references, inlineCode } = scanPage(html);
  const sorted = await sortReferences(references, context);
  const { replacements, entries, lost } = sorted;
  const file = shownPath(projectRoot, page);
  const needsVite = vite !== undefined || sorted.needsBuild;
  const lostScript = lost.find(({ kind }) => kind === 'script');
  const inline = inlineCode.filter(({ module }) => !(module && needsVite));
  const warnings = inline.map(({ offset }) => inlineWarning(html, file, offset));
  if (lostScript !== undefined && pkg !== undefined && uiScript(pkg) !== undefined && vite === undefined) {
    const why = `the page loads ${lostScript.url}, which a package script makes`;
    const output = await outputFolder(projectRoot, pkg);
    return { shape: await prebuilt(projectRoot, output, pkg, why), warnings };
  }
  const shape: UiShape = {
    root,
    kind: needsVite ? 'vite' : 'static',
    ...(vite === undefined ? {} : { viteConfig: vite.path }),
    ...(replacements.length === 0 ? {} : { replacements }),
    ...(needsVite && entries.length > 0 ? { entries } : {}),
    why: needsVite ? viteReason(context, replacements) : `${file} loads plain files only`,
  };
  const missing = lost.filter((reference) => !comesWithKit(reference, pkg));
  return { shape, warnings: [...warnings, ...missing.map(({ url }) => lostWarning(url, html, file))] };
}

/** The UI kit's style sheet is there once the kit is installed. */
function comesWithKit({ kind, url }: PageReference, pkg: PackageFile | undefined): boolean {
  const declared = pkg?.dependencies['@alga-psa/ui-kit'] ?? pkg?.dependencies['@alga/ui-kit'];
  return kind === 'style' && basename(url) === 'theme.css' && declared !== undefined;
}

interface SortedReferences {
  readonly replacements: readonly UiReplacement[];
  /** Scripts that are there as the page names them. */
  readonly entries: readonly string[];
  readonly lost: readonly PageReference[];
  readonly needsBuild: boolean;
}

/** Tells outputs with a known source, files that are there, and files that are missing apart. */
async function sortReferences(
  references: readonly PageReference[],
  context: Context,
): Promise<SortedReferences> {
  const replacements: UiReplacement[] = [];
  const entries: string[] = [];
  const lost: PageReference[] = [];
  let building = false;
  for (const reference of references) {
    const found = await replacementFor(reference, context);
    const place = placeOf(reference.url, context.root);
    if (found !== undefined) replacements.push(found);
    else if (!(await isFile(place))) lost.push(reference);
    else if (reference.kind === 'script') entries.push(place);
    if (reference.kind === 'script') {
      building ||= found !== undefined || (await needsBuild(reference, context.root));
    }
  }
  return { replacements, entries, lost, needsBuild: building };
}

function inlineWarning(html: string, file: string, offset: number): Diagnostic {
  return {
    code: 'UI_INLINE_SCRIPT',
    message: 'Code written into the page is blocked by the content security policy of the product.',
    hint: 'Move it to a file of its own and load that with <script type="module" src="./main.js">.',
    file,
    ...lineAndColumn(html, offset),
  };
}

/** The source behind a file that the page loads but that is an output of the project's own build. */
async function replacementFor(
  reference: PageReference,
  context: Context,
): Promise<UiReplacement | undefined> {
  const { projectRoot, root, bundles, vite } = context;
  const { url, kind } = reference;
  if (BUILT_ENDINGS.includes(extname(url))) return undefined;
  const place = placeOf(url, root);
  if (kind === 'style') {
    if (await isFile(place)) return undefined;
    const sheet = await kitStyleSheet(url, projectRoot);
    if (sheet !== undefined) return { kind, url, source: sheet };
    return bundles.some(({ output }) => cssBeside(output) === basename(url)) ? { kind, url } : undefined;
  }
  const bundle = bundles.find((candidate) => writes(candidate, place, url));
  if (bundle !== undefined) return { kind, url, source: bundle.entry };
  if (vite?.entry !== undefined && vite.outDir !== undefined && place.startsWith(vite.outDir)) {
    return { kind, url, source: vite.entry };
  }
  const beside = await firstFile(BUILT_ENDINGS.map((ending) => place.replace(/\.[cm]?js$/, '') + ending));
  if (beside !== undefined) return { kind, url, source: beside };
  if (await isFile(place)) return undefined;
  const usual = await firstFile(
    USUAL_SOURCES.flatMap((name) => BUILT_ENDINGS.map((ending) => join(projectRoot, name + ending))),
  );
  return usual === undefined ? undefined : { kind, url, source: usual };
}

/** Whether a script's bundle is the file that the page means, in place or in a copy under `dist`. */
function writes(bundle: ScriptBundle, place: string, url: string): boolean {
  if (bundle.outDir) {
    const name = `${basename(bundle.entry).replace(/\.\w+$/, '')}.js`;
    return dirname(place) === bundle.output && basename(place) === name;
  }
  if (bundle.output === place) return true;
  const name = url.replace(/^\.?\//, '').replaceAll('/', '[\\\\/]');
  return new RegExp(`[\\\\/](?:ui|iframe)[\\\\/]${name.replaceAll('.', '\\.')}$`).test(bundle.output);
}

/** TypeScript, JSX, and modules that import packages cannot be served as they are. */
async function needsBuild(reference: PageReference, root: string): Promise<boolean> {
  if (BUILT_ENDINGS.includes(extname(reference.url))) return true;
  const place = placeOf(reference.url, root);
  if (!(await isFile(place))) return false;
  const graph = await sourceGraph(place);
  if ([...graph.modules.keys()].some((path) => BUILT_ENDINGS.includes(extname(path)))) return true;
  return [...graph.bare.keys()].some((specifier) => !/^(?:\/|[a-z]+:)/.test(specifier));
}

function placeOf(url: string, root: string): string {
  return join(root, url);
}

function cssBeside(output: string): string {
  return basename(output).replace(/\.[cm]?js$/, '.css');
}

function viteReason({ projectRoot, vite }: Context, replacements: readonly UiReplacement[]): string {
  const source = replacements.find((replacement) => replacement.source !== undefined)?.source;
  if (source !== undefined) return `the page's script is built from ${shownPath(projectRoot, source)}`;
  if (vite !== undefined) return `has ${shownPath(projectRoot, vite.path)}`;
  return "the page's script needs building";
}

function lostWarning(url: string, html: string, file: string): Diagnostic {
  return {
    code: 'UI_FILE_MISSING',
    message: `The page loads ${url}, but there is no such file and no source it could be built from.`,
    hint: `Correct the path in ${file}, or name the build command of the UI in alga.config.json.`,
    file,
    ...lineAndColumn(html, Math.max(0, html.indexOf(url))),
  };
}

/** The package script that builds the UI; never one that calls `alga` again. */
export function uiScript(pkg: PackageFile): string | undefined {
  return ['build:ui', 'build:iframe', 'build:frontend', 'build'].find((name) => {
    const line = pkg.scripts[name];
    return line !== undefined && !/\balga\s+(?:build|pack|dev)\b/.test(line);
  });
}

async function prebuilt(
  projectRoot: string,
  output: string,
  pkg: PackageFile | undefined,
  why: string,
): Promise<UiShape> {
  const script = pkg === undefined ? undefined : uiScript(pkg);
  if (script === undefined || pkg === undefined) return { root: output, kind: 'prebuilt', why };
  const { name } = await findPackageManager(pkg.dir);
  const build: BuildCommand = {
    command: runScript(name, script),
    cwd: pkg.dir,
    inputs: ['ui', 'src', 'package.json'].map((input) => join(projectRoot, input)),
    outputs: [output, join(projectRoot, 'dist'), join(projectRoot, 'ui/dist')],
  };
  return { root: output, kind: 'prebuilt', build, why };
}

/** Where the project's own script puts the page: named in the scripts, or already there, or `dist/ui`. */
async function outputFolder(projectRoot: string, pkg: PackageFile): Promise<string> {
  const lines = Object.values(pkg.scripts).join('\n');
  for (const folder of BUILT_PAGES) {
    if (lines.includes(folder) || (await isDirectory(join(projectRoot, folder))))
      return join(projectRoot, folder);
  }
  return join(projectRoot, 'dist/ui');
}
