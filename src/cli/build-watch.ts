import { sep } from 'node:path';
import { ContentMemory, classify } from '../dev/changes.js';
import { ProjectWatcher } from '../dev/watcher.js';
import type { Project } from '../project/types.js';
import type { BuildInputs } from './build-outputs.js';
import { onLeave } from './leaving.js';

/** For so long after a change of a file the watcher is deaf to more of the same: a formatter's, for example. */
const UNHEARD_MS = 60;

/** What a watched build is made of. */
export interface WatchedBuild {
  readonly root: string;
  /** One build of what is there now. Gives the project, and undefined when it could not even be read. */
  build(signal: AbortSignal): Promise<Project | undefined>;
  inputs(): BuildInputs;
  onWatching(): void;
  /** Told when a folder cannot be watched: its changes go unnoticed. */
  onError(error: unknown): void;
}

/**
 * Builds, and again after each change that matters, until the process is asked to leave. The newest
 * edit wins: a build of an older one is given up.
 */
export async function watchBuild(watched: WatchedBuild): Promise<void> {
  const passes = new BuildPasses(watched);
  const recent = new Set<string>();
  let again: NodeJS.Timeout | undefined;
  const lookAgain = (): void => {
    const paths = new Set(recent);
    recent.clear();
    void passes.look(paths, 'last');
  };
  const onBurst = async (paths: ReadonlySet<string>): Promise<void> => {
    await passes.look(paths, 'first');
    for (const path of paths) recent.add(path);
    clearTimeout(again);
    again = setTimeout(lookAgain, UNHEARD_MS);
  };
  const left = askedToLeave();
  const watcher = new ProjectWatcher(watched.root, (paths) => void onBurst(paths), watched.onError);
  await watcher.start();
  passes.begin();
  await left;
  clearTimeout(again);
  await Promise.all([watcher.stop(), passes.stop()]);
}

/** Builds one after the other, of which only the newest is carried through. */
class BuildPasses {
  readonly #watched: WatchedBuild;
  readonly #memory = new ContentMemory();
  #project: Project | undefined;
  #running = new AbortController();
  #last: Promise<void> = Promise.resolve();

  constructor(watched: WatchedBuild) {
    this.#watched = watched;
  }

  /** Gives up the build that runs, and begins one of what is there now. */
  begin(): void {
    this.#running.abort(new Error('a newer edit came'));
    this.#running = new AbortController();
    const { signal } = this.#running;
    this.#last = this.#last.then(() => this.#pass(signal));
  }

  /**
   * Builds when one of the files matters and holds something new. At the first look an empty file is one that is
   * just being written; the last look takes it as it is.
   */
  async look(paths: ReadonlySet<string>, which: 'first' | 'last'): Promise<void> {
    const found = await Promise.all([...paths].map((path) => this.#matters(path, which)));
    if (found.includes(true)) this.begin();
  }

  async stop(): Promise<void> {
    this.#running.abort(new Error('alga build is leaving'));
    await this.#last;
  }

  async #pass(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const began = Date.now();
    this.#project = await this.#watched.build(signal);
    if (signal.aborted) return;
    const { handler, ui } = this.#watched.inputs();
    const manifest = this.#project === undefined ? [] : [this.#project.manifestPath];
    await this.#memory.learn([...handler, ...ui, ...manifest], began);
    this.#watched.onWatching();
  }

  async #matters(path: string, which: 'first' | 'last'): Promise<boolean> {
    const project = this.#project;
    if (project !== undefined) {
      if (isOutput(project, path) || classify(project, this.#watched.inputs(), path).size === 0) return false;
    }
    if (which === 'last') return await this.#memory.changed(path);
    return (await this.#memory.changedJustNow(path)) === true;
  }
}

/** Resolves when the process is asked to leave. */
function askedToLeave(): Promise<void> {
  return new Promise((resolve) => {
    const { dispose } = onLeave(async () => {
      dispose();
      resolve();
    });
  });
}

/** What the project's own build writes is never a reason to build. */
function isOutput({ ui, componentBuild }: Project, path: string): boolean {
  const outputs = [...(ui?.build?.outputs ?? []), ...(componentBuild?.outputs ?? [])];
  return outputs.some((output) => path === output || path.startsWith(output + sep));
}
