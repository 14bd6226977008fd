import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { createHandlerBuilder } from '../build/handler/index.js';
import { createUiBuilder } from '../build/ui/index.js';
import { cacheDir } from '../core/paths.js';
import type { Service } from '../core/service.js';
import { loadProject } from '../project/index.js';
import type { Project } from '../project/types.js';

/** One line of what a build made: where, from which lane, how long it took. */
interface BuildResult {
  readonly type: 'built';
  readonly what: 'component' | 'ui';
  readonly path: string;
  readonly ms: number;
  readonly detail: string;
}

/**
 * Builds a project once into its `dist` folder and prints what was made. Throws the coded error of
 * the first part that fails; the other outputs stay as they were.
 */
export async function runBuild(options: {
  folder: string;
  features: 'default' | 'parity';
  json: boolean;
}): Promise<void> {
  const project = await loadProject(resolve(options.folder));
  if (!options.json) process.stdout.write(`${project.summary}\n`);
  const print = (result: BuildResult): void => {
    const line = options.json
      ? JSON.stringify({ at: new Date().toISOString(), ...result })
      : `${result.path}  ${result.detail}  ${result.ms} ms`;
    process.stdout.write(`${line}\n`);
  };
  await buildComponent(project, options.features, print);
  await buildUi(project, print);
}

async function buildComponent(
  project: Project,
  features: 'default' | 'parity',
  print: (result: BuildResult) => void,
): Promise<void> {
  const { handler } = project;
  if (!handler) return;
  const began = performance.now();
  const path = join(project.root, 'dist', 'main.wasm');
  const builder = createHandlerBuilder({ cacheDir: cacheDir() });
  const artifact = await using(builder, () =>
    builder.build({ projectRoot: project.root, handler, features }, new AbortController().signal),
  );
  await mkdir(join(project.root, 'dist'), { recursive: true });
  await writeFile(`${path}.tmp`, artifact.component);
  await rename(`${path}.tmp`, path);
  const detail = `${(artifact.component.length / 1_000_000).toFixed(1)} MB, ${artifact.fromCache ? 'cached' : artifact.lane}`;
  print({ type: 'built', what: 'component', path, ms: since(began), detail });
}

async function buildUi(project: Project, print: (result: BuildResult) => void): Promise<void> {
  const { ui } = project;
  // A UI that its own script has built is already where it belongs.
  if (!ui || ui.kind === 'prebuilt') return;
  const began = performance.now();
  const outDir = join(project.root, 'dist', 'ui');
  const builder = createUiBuilder();
  await using(builder, () =>
    builder.build({ projectRoot: project.root, ui, outDir }, new AbortController().signal),
  );
  print({ type: 'built', what: 'ui', path: outDir, ms: since(began), detail: ui.kind });
}

async function using<T>(service: Service, work: () => Promise<T>): Promise<T> {
  await service.start();
  try {
    return await work();
  } finally {
    await service.stop();
  }
}

function since(began: number): number {
  return Math.round(performance.now() - began);
}
