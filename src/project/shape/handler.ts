import { basename, join } from 'node:path';
import { isDirectory, isFile, namesIn, readTextIfThere, shownPath } from '../files.js';
import { lineAndColumn } from '../source-frame.js';
import { resolveRelative, type SourceGraph, sourceGraph, usesHost } from '../source-graph.js';
import type { Diagnostic } from '../types.js';
import type { PackageFile } from './package-file.js';
import { type ScriptBundle, scriptBundles } from './script-outputs.js';

/** A module that exports `handler`, and why it was chosen. */
export interface FoundHandler {
  readonly entry: string;
  readonly why: string;
  readonly graph: SourceGraph;
  /** Module in which the function behind the export is defined. */
  readonly definedIn: string;
  readonly warnings: readonly Diagnostic[];
}

interface Candidate extends Omit<FoundHandler, 'why' | 'warnings'> {
  /** Parameters of the function behind the export; undefined when it could not be read. */
  readonly parameters: number | undefined;
  /** Where in `definedIn`. */
  readonly offset: number;
}

const WRAPPERS = [
  'src/index',
  'src/backend/index',
  'src/component/index',
  'component/src/index',
  'backend/index',
];
const HANDLERS = [
  ...['src/handler', 'src/backend/handler', 'src/component/handler', 'component/src/handler', 'handler'],
  ...['backend/handler', 'backend/src/handler', 'backend/src/index', 'component/handler', 'component/index'],
  ...['src/server/handler', 'src/server/index', 'src/main', 'index'],
];
/** In the order in which they win when several stand side by side: source before compiled output. */
const ENDINGS = ['.ts', '.mts', '.tsx', '.js', '.mjs', '.jsx'];
const MAX_SEARCHED = 300;

/**
 * Chooses the module to build as the component's handler, in this order: what the package's own
 * script bundles; a wrapper that reaches host interfaces; a wrapper that passes on a one-argument
 * handler; the usual handler files; any single module that exports `handler`; a file that is meant as one.
 */
export async function findHandler(
  root: string,
  pkg: PackageFile | undefined,
): Promise<FoundHandler | undefined> {
  const scripted = pkg === undefined ? undefined : await fromScripts(pkg);
  if (scripted !== undefined) return scripted;
  const wrappers = await candidates(root, WRAPPERS);
  const wrapper = wrappers.find((candidate) => usesHost(candidate.graph));
  if (wrapper !== undefined) return chosen(wrapper, root, 'exports handler and imports host interfaces');
  const passing = wrappers.find((candidate) => candidate.parameters === 1 || candidate.parameters === 0);
  if (passing !== undefined) return chosen(passing, root, 'exports a one-argument handler');
  const [usual] = await candidates(root, HANDLERS);
  if (usual !== undefined) return chosen(usual, root, 'exports handler');
  const [unclear] = wrappers;
  if (unclear !== undefined) return chosen(unclear, root, 'exports handler');
  const searched = await searchSources(root);
  if (searched !== undefined) return chosen(searched, root, 'the only module that exports handler');
  const meant = await meantAsHandler(root);
  return meant === undefined ? undefined : await handlerAt(meant, root, 'named handler');
}

/**
 * A file that is named and written as a handler, and exports none as it is: most likely it is being edited. The build
 * says what is wrong with it; without it the rest would be shipped as an extension that has no handler.
 */
async function meantAsHandler(root: string): Promise<string | undefined> {
  const names = HANDLERS.filter((name) => basename(name) === 'handler');
  for (const path of names.flatMap((name) => ENDINGS.map((ending) => join(root, name + ending)))) {
    const text = await readTextIfThere(path);
    if (text !== undefined && /\bhandler\s*[(=:<]/.test(text)) return path;
  }
  return undefined;
}

/** The handler of a module that is known to be the entry, whatever it exports. */
export async function handlerAt(entry: string, root: string, why: string): Promise<FoundHandler> {
  const candidate = await read(entry);
  if (candidate !== undefined) return chosen(candidate, root, why);
  return { entry, why, graph: await sourceGraph(entry), definedIn: entry, warnings: [] };
}

async function fromScripts(pkg: PackageFile): Promise<FoundHandler | undefined> {
  const bundles = await scriptBundles(pkg);
  const named = bundles.filter(({ script }) => script === 'build:backend' || script === 'build:js');
  const toJs = bundles.filter((bundle) => writesToDistJs(bundle));
  for (const bundle of [...named, ...toJs]) {
    const candidate = await read(bundle.entry);
    if (candidate === undefined) continue;
    return chosen(candidate, pkg.dir, `entry of the script "${bundle.script}"`);
  }
  return undefined;
}

function writesToDistJs({ output }: ScriptBundle): boolean {
  return /[\\/]dist[\\/]js(?:[\\/]|$)/.test(output);
}

async function candidates(root: string, names: readonly string[]): Promise<Candidate[]> {
  const found: Candidate[] = [];
  for (const endings of [ENDINGS.slice(0, 1), ENDINGS.slice(1)]) {
    for (const path of names.flatMap((name) => endings.map((ending) => join(root, name + ending)))) {
      if (!(await isFile(path))) continue;
      const candidate = await read(path);
      if (candidate !== undefined) found.push(candidate);
    }
  }
  return found;
}

/** Follows the export `handler` of a module to the function behind it; undefined when it has none. */
async function read(entry: string): Promise<Candidate | undefined> {
  const graph = await sourceGraph(entry);
  const end = await definition(graph, entry, 0);
  if (end === undefined) return undefined;
  return { entry, graph, ...end };
}

async function definition(
  graph: SourceGraph,
  path: string,
  depth: number,
): Promise<Pick<Candidate, 'parameters' | 'definedIn' | 'offset'> | undefined> {
  const module = graph.modules.get(path);
  if (module === undefined || depth > 8) return undefined;
  const { handler, starExports } = module.scan;
  if (handler?.from !== undefined) {
    const target = await resolveRelative(path, handler.from);
    const end = target === undefined ? undefined : await definition(graph, target, depth + 1);
    return end ?? { parameters: undefined, definedIn: path, offset: handler.offset };
  }
  if (handler !== undefined)
    return { parameters: handler.parameters, definedIn: path, offset: handler.offset };
  for (const specifier of starExports) {
    const target = await resolveRelative(path, specifier);
    const end = target === undefined ? undefined : await definition(graph, target, depth + 1);
    if (end !== undefined) return end;
  }
  return undefined;
}

/** Last resort: the one module under the usual source folders that exports `handler`. */
async function searchSources(root: string): Promise<Candidate | undefined> {
  const found: Candidate[] = [];
  const queue = ['src', 'component', 'backend', 'server', 'lib'].map((name) => join(root, name));
  let seen = 0;
  for (let dir = queue.shift(); dir !== undefined && seen < MAX_SEARCHED; dir = queue.shift()) {
    for (const name of await namesIn(dir)) {
      if (/^(?:\.|node_modules$|dist$|__tests__$|tests?$)/.test(name)) continue;
      const path = join(dir, name);
      if (await isDirectory(path)) {
        queue.push(path);
        continue;
      }
      if (!ENDINGS.some((ending) => name.endsWith(ending)) || /\.(?:test|spec|d)\.\w+$/.test(name)) continue;
      seen++;
      const candidate = await read(path);
      if (candidate !== undefined) found.push(candidate);
    }
  }
  return found.length === 1 ? found[0] : undefined;
}

function chosen(candidate: Candidate, root: string, why: string): FoundHandler {
  const { entry, graph, definedIn } = candidate;
  return {
    entry,
    graph,
    definedIn,
    why,
    warnings: needsWrapper(candidate) ? [wrapperWarning(candidate, root)] : [],
  };
}

/** A handler with a second parameter gets nothing there unless a wrapper hands it the host. */
function needsWrapper(candidate: Candidate): boolean {
  return (candidate.parameters ?? 0) > 1 && !usesHost(candidate.graph);
}

function wrapperWarning({ entry, graph, definedIn, offset }: Candidate, root: string): Diagnostic {
  const text = graph.modules.get(definedIn)?.text ?? '';
  return {
    code: 'HANDLER_NO_WRAPPER',
    message: `handler in ${basename(definedIn)} takes a second argument, but nothing passes it: it is undefined at run time.`,
    hint: `Import the host functions from alga:extension/* in ${shownPath(root, entry)}, or export a one-argument handler that builds the second argument from them.`,
    file: shownPath(root, definedIn),
    ...lineAndColumn(text, offset),
  };
}
