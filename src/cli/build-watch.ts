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
}

/**
 * Builds, and again after each change that matters, until the process is asked to leave. The newest
 * edit wins: a build of an older one is given up.
 */
export async function watchBuild({ root, build, inputs, onWatching }: WatchedBuild): Promise<void> {
  const memory = new ContentMemory();
  let project: Project | undefined;
  let running = new AbortController();
  let last: Promise<void> = Promise.resolve();

  const pass = async (signal: AbortSignal): Promise<void> => {
    if (signal.aborted) return;
    const began = Date.now();
    project = await build(signal);
    if (signal.aborted) return;
    const { handler, ui } = inputs();
    await memory.learn([...handler, ...ui, ...(project === undefined ? [] : [project.manifestPath])], began);
    onWatching();
  };
  const next = (): void => {
    running.abort(new Error('a newer edit came'));
    running = new AbortController();
    const { signal } = running;
    last = last.then(() => pass(signal));
  };
  const matters = async (path: string): Promise<boolean> => {
    if (project !== undefined && (isOutput(project, path) || classify(project, inputs(), path).size === 0)) {
      return false;
    }
    return await memory.changed(path);
  };
  const look = async (paths: ReadonlySet<string>): Promise<void> => {
    const found = await Promise.all([...paths].map(matters));
    if (found.includes(true)) next();
  };
  const recent = new Set<string>();
  let again: NodeJS.Timeout | undefined;
  const lookAgain = (): void => {
    const paths = new Set(recent);
    recent.clear();
    void look(paths);
  };
  const onBurst = async (paths: ReadonlySet<string>): Promise<void> => {
    await look(paths);
    for (const path of paths) recent.add(path);
    clearTimeout(again);
    again = setTimeout(lookAgain, UNHEARD_MS);
  };

  const left = new Promise<void>((resolve) => {
    const { dispose } = onLeave(async () => {
      dispose();
      resolve();
    });
  });
  const watcher = new ProjectWatcher(
    root,
    (paths) => void onBurst(paths),
    () => undefined,
  );
  await watcher.start();
  next();
  await left;
  clearTimeout(again);
  running.abort(new Error('alga build is leaving'));
  await Promise.all([watcher.stop(), last]);
}

/** What the project's own build writes is never a reason to build. */
function isOutput({ ui, componentBuild }: Project, path: string): boolean {
  const outputs = [...(ui?.build?.outputs ?? []), ...(componentBuild?.outputs ?? [])];
  return outputs.some((output) => path === output || path.startsWith(output + sep));
}
