import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { basename, relative, sep } from 'node:path';
import type { BuildCommand, Project } from '../project/types.js';
import type { ChangeKind } from './events.js';

/** Folders and files whose changes never matter: outputs, dependencies, version control, editor noise. */
const IGNORED_FOLDERS = new Set(['node_modules', '.git', '.alga', 'dist', 'tmp', 'precompiled', 'coverage']);
const IGNORED_FILES = /(?:~|\.sw[a-p]|\.swx|\.tmp|\.tar\.zst|\.sha256|^4913|^\.#.*|^\.DS_Store)$/;
const DEPENDENCY_FILES = new Set(['package.json', 'package-lock.json', 'pnpm-lock.yaml', 'yarn.lock']);
const CONFIG_FILES = /^(?:alga\.config\.(?:json|m?js|m?ts)|alga\.secrets\.env|tsconfig.*\.json)$/;

/** Where a component may lie that another tool has built, and the folder around it; relative, with slashes. */
const PREBUILT = /^dist\/(?:main|component)\.wasm$/;

/** True for paths that are not watched at all. `path` is absolute and lies under `root`. */
export function isIgnored(root: string, path: string): boolean {
  const parts = relative(root, path).split(sep);
  if (parts.join('/') === 'dist' || PREBUILT.test(parts.join('/'))) return false;
  const name = parts.at(-1) ?? '';
  return parts.some((part) => IGNORED_FOLDERS.has(part)) || IGNORED_FILES.test(name);
}

/** What the project's current artifacts were made from: absolute paths. */
export interface KnownInputs {
  readonly handler: ReadonlySet<string>;
  readonly ui: ReadonlySet<string>;
}

/**
 * What a change of one file means. A file in the module graph of the handler or the UI counts for
 * it (for both when shared); a file not yet known is judged by where it lies, because it may be the
 * missing import that the last build failed for.
 */
export function classify(project: Project, known: KnownInputs, path: string): ReadonlySet<ChangeKind> {
  const kinds = new Set<ChangeKind>();
  const name = basename(path);
  if (path === project.manifestPath) return kinds.add('manifest');
  if (path.endsWith('.wit')) return kinds.add('wit');
  if (DEPENDENCY_FILES.has(name)) return kinds.add('dependencies');
  if (CONFIG_FILES.test(name) || project.configInputs?.includes(path)) return kinds.add('config');
  if (PREBUILT.test(relative(project.root, path).replaceAll(sep, '/')))
    return meaningOfPrebuilt(project, path);
  if (path === project.ui?.viteConfig) kinds.add('ui').add('config');
  if (known.handler.has(path)) kinds.add('handler');
  if (known.ui.has(path)) kinds.add('ui');
  if (kinds.size > 0) return kinds;
  const guessed = guess(project, path);
  if (isInputOf(project.componentBuild, path)) return new Set([...guessed, 'artifact']);
  return guessed;
}

/** A component from elsewhere counts where none is built here; a new one has to be found first. */
function meaningOfPrebuilt(
  { handler, componentBuild, prebuiltComponent }: Project,
  path: string,
): ReadonlySet<ChangeKind> {
  if (handler !== undefined || componentBuild !== undefined) return new Set();
  return new Set(path === prebuiltComponent ? ['artifact'] : ['artifact', 'config']);
}

/** Whether a build of the project's own has to be run again for a file. */
function isInputOf(build: BuildCommand | undefined, path: string): boolean {
  const among = (places: readonly string[] = []): boolean =>
    places.some((place) => path === place || path.startsWith(place + sep));
  return among(build?.inputs) && !among(build?.outputs);
}

function guess(project: Project, path: string): ReadonlySet<ChangeKind> {
  const kinds = new Set<ChangeKind>();
  const inside = (folder: string): boolean => path.startsWith(folder + sep);
  if (/\.(?:test|spec)\.[cm]?[jt]sx?$/.test(path)) return kinds;
  if (project.ui && inside(project.ui.root)) return kinds.add('ui');
  if (!/\.[cm]?[jt]sx?$|\.json$|\.css$|\.html$|\.svg$/.test(path)) return kinds;
  if (project.handler && inside(project.handler.root)) kinds.add('handler');
  if (project.ui) kinds.add('ui');
  return kinds;
}

const EMPTY = sha256Of(new Uint8Array());

/**
 * Remembers what files held, so that a save that changes nothing is recognised by content: editors
 * write the same bytes again, version control restores old times.
 */
export class ContentMemory {
  readonly #digests = new Map<string, string>();

  /**
   * Notes what files held that were built, so that their next unchanged save is recognised. Only files
   * untouched since `builtAfter` (milliseconds since the epoch, before the build began) are noted: a
   * file written since may hold an edit that was not built.
   */
  async learn(paths: Iterable<string>, builtAfter: number): Promise<void> {
    const unknown = [...paths].filter((path) => !this.#digests.has(path));
    await Promise.all(
      unknown.map(async (path) => {
        const digest = await digestOf(path);
        const touched = await stat(path).catch(() => undefined);
        if (touched && touched.ctimeMs < builtAfter && !this.#digests.has(path)) {
          this.#digests.set(path, digest);
        }
      }),
    );
  }

  /** Reads the file and says whether it differs from what was last seen. A missing file is a content too. */
  async changed(path: string): Promise<boolean> {
    return this.#note(path, await digestOf(path));
  }

  /** The same for a file that was changed just now: `unwritten` when it is empty, which is not noted. */
  async changedJustNow(path: string): Promise<boolean | 'unwritten'> {
    const digest = await digestOf(path);
    return digest === EMPTY ? 'unwritten' : this.#note(path, digest);
  }

  #note(path: string, digest: string): boolean {
    const before = this.#digests.get(path);
    this.#digests.set(path, digest);
    return before !== digest;
  }
}

async function digestOf(path: string): Promise<string> {
  try {
    return sha256Of(await readFile(path));
  } catch {
    return 'absent';
  }
}

function sha256Of(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('base64');
}
