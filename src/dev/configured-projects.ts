import { realpath } from 'node:fs/promises';
import { AlgaError } from '../core/errors/alga-error.js';
import { type ConfigFlags, loadProject, type ResolvedConfig, resolveConfig } from '../project/index.js';
import type { Project } from '../project/types.js';
import type { Emit } from './event-stream.js';
import { Reported, runStep } from './step.js';
import { ProjectWatcher } from './watcher.js';

/** A project with the settings that are in effect for it. */
export interface ConfiguredProject {
  readonly project: Project;
  readonly config: ResolvedConfig;
  /** The settings as they are at the time of the call. */
  readonly resolve: () => Promise<ResolvedConfig>;
}

export interface ProjectWishes {
  /** Folders of the extensions, each with a manifest at its root or above. */
  readonly directories: readonly string[];
  readonly flags: ConfigFlags;
  readonly env: NodeJS.ProcessEnv;
  readonly emit: Emit;
  /** Ends the wait for a project that is broken. */
  readonly signal: AbortSignal;
}

/** Faults in a project's own files: the author mends them with a save, so the session waits for it. */
const MENDABLE = /^(?:MANIFEST_|PACKAGE_SYNTAX$|CONFIG_(?:SYNTAX|INVALID|FAILED|PATH)$)/;

/**
 * Loads the projects of a session. One whose manifest or configuration is wrong is reported and
 * loaded again at the next save below its folder; other faults reject.
 */
export async function loadConfiguredProjects(wishes: ProjectWishes): Promise<ConfiguredProject[]> {
  const { directories, flags, env, emit, signal } = wishes;
  const projects: ConfiguredProject[] = [];
  for (const directory of directories) {
    const folder = await realpath(directory).catch(() => directory);
    const load = async (): Promise<ConfiguredProject> => {
      const project = await loadProject(folder);
      const resolve = () => resolveConfig({ projectRoot: project.root, flags, env });
      return { project, config: await resolve(), resolve };
    };
    const attempt = (): Promise<ConfiguredProject> =>
      runStep({ emit }, 'detect', load, ({ project }) => project.summary);
    projects.push(await whenMended(folder, load, attempt, signal));
  }
  return projects;
}

async function whenMended<T>(
  folder: string,
  load: () => Promise<T>,
  attempt: () => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!isMendable(error)) throw error;
      await nextSave(folder, load, signal);
      signal.throwIfAborted();
    }
  }
}

function isMendable(error: unknown): boolean {
  const cause = error instanceof Reported ? error.cause : error;
  return cause instanceof AlgaError && MENDABLE.test(cause.code);
}

/** Resolves at the next save below a folder, at once when it was mended before the watch began, or on abort. */
async function nextSave(folder: string, load: () => Promise<unknown>, signal: AbortSignal): Promise<void> {
  let saved = (): void => undefined;
  const save = new Promise<void>((resolve) => {
    saved = resolve;
  });
  signal.addEventListener('abort', saved, { once: true });
  if (signal.aborted) saved();
  const watcher = new ProjectWatcher(folder, saved, saved);
  try {
    await watcher.start();
    const mended = load().then(
      () => undefined,
      () => save,
    );
    await Promise.race([save, mended]);
  } finally {
    signal.removeEventListener('abort', saved);
    await watcher.stop();
  }
}
