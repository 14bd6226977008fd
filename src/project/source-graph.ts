import { dirname, join, resolve } from 'node:path';
import { firstFile, readTextIfThere } from './files.js';
import { type SourceScan, scanSource } from './source-scan.js';

/** Larger graphs are cut: detection only needs to know what kinds of import there are. */
const MAX_MODULES = 400;

export interface SourceModule {
  readonly path: string;
  readonly text: string;
  readonly scan: SourceScan;
}

/** Modules reachable from one file through relative imports. */
export interface SourceGraph {
  readonly modules: ReadonlyMap<string, SourceModule>;
  /** Bare specifiers (packages, `node:*`, `alga:extension/*`) and the modules that import them. */
  readonly bare: ReadonlyMap<string, readonly string[]>;
  /** Relative imports that lead nowhere: importing module and specifier. */
  readonly missing: readonly { readonly importer: string; readonly specifier: string }[];
}

/** Follows relative imports from `entry`. Files that are not JavaScript or TypeScript end the walk. */
export async function sourceGraph(entry: string): Promise<SourceGraph> {
  const modules = new Map<string, SourceModule>();
  const bare = new Map<string, string[]>();
  const missing: { importer: string; specifier: string }[] = [];
  const queue = [entry];
  for (let path = queue.pop(); path !== undefined && modules.size < MAX_MODULES; path = queue.pop()) {
    if (modules.has(path)) continue;
    const text = await readTextIfThere(path);
    if (text === undefined) continue;
    const scan = scanSource(text);
    modules.set(path, { path, text, scan });
    for (const specifier of scan.imports) {
      if (!isRelative(specifier)) {
        bare.set(specifier, [...(bare.get(specifier) ?? []), path]);
        continue;
      }
      const target = await resolveRelative(path, specifier);
      if (target === undefined) missing.push({ importer: path, specifier });
      else if (/\.[cm]?[jt]sx?$/.test(target)) queue.push(target);
    }
  }
  return { modules, bare, missing };
}

/** The file a relative specifier means: as written, with `.js` standing for `.ts`, without ending, or an index. */
export async function resolveRelative(importer: string, specifier: string): Promise<string | undefined> {
  const base = resolve(dirname(importer), specifier.replace(/[?#].*$/, ''));
  const withoutEnding = base.replace(/\.([cm]?)js(x?)$/, '');
  const endings = ['.ts', '.tsx', '.mts', '.cts', '.js', '.jsx', '.mjs', '.cjs', '.json'];
  return await firstFile([
    base,
    ...(withoutEnding === base ? [] : endings.map((ending) => withoutEnding + ending)),
    ...endings.map((ending) => base + ending),
    ...endings.map((ending) => join(base, `index${ending}`)),
  ]);
}

/** Whether a module of the graph imports a host interface. */
export function usesHost(graph: SourceGraph): boolean {
  return [...graph.bare.keys()].some((specifier) => specifier.startsWith('alga:extension/'));
}

function isRelative(specifier: string): boolean {
  return specifier.startsWith('./') || specifier.startsWith('../') || specifier === '.' || specifier === '..';
}
