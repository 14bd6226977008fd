import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ownComponent } from '../build/component/index.js';
import { createHandlerBuilder } from '../build/handler/index.js';
import { algaError } from '../core/errors/alga-error.js';
import { cacheDir } from '../core/paths.js';
import type { Project } from '../project/types.js';

/** A built component in a folder of its own. */
export interface ComponentFiles {
  /** SHA-256 of the component. */
  readonly hash: string;
  readonly file: string;
  /** Maps the component's stacks back to the author's files. */
  readonly sourceMapFile: string | undefined;
  remove(): Promise<void>;
}

interface BuiltComponent {
  readonly component: Uint8Array;
  readonly sourceMap: string | undefined;
  /** Files whose change makes it out of date. */
  readonly inputs: readonly string[];
}

/**
 * Builds the component of a project; unchanged source comes from the cache. Throws
 * `TEST_NO_HANDLER` and the errors of the build.
 */
export async function builtComponent(
  project: Project,
  features: 'default' | 'parity',
): Promise<BuiltComponent> {
  const { root, handler, prebuiltComponent: file, componentBuild: build } = project;
  const { signal } = new AbortController();
  if (handler === undefined) {
    if (file === undefined) throw algaError('TEST_NO_HANDLER', { root });
    const component = await ownComponent({ file, build }, signal);
    return { component, sourceMap: undefined, inputs: build?.inputs ?? [file] };
  }
  const builder = createHandlerBuilder({ cacheDir: cacheDir() });
  await builder.start();
  try {
    const { component, sourceMap, inputs } = await builder.build(
      { projectRoot: root, handler, features },
      signal,
    );
    return { component, sourceMap, inputs };
  } finally {
    await builder.stop();
  }
}

/** Writes a component to a temporary folder, where the engine reads it. */
export async function componentFiles({ component, sourceMap }: BuiltComponent): Promise<ComponentFiles> {
  const folder = await mkdtemp(join(tmpdir(), 'alga-component-'));
  const file = join(folder, 'main.wasm');
  const sourceMapFile = sourceMap === undefined ? undefined : join(folder, 'main.js.map');
  await writeFile(file, component);
  if (sourceMapFile !== undefined && sourceMap !== undefined) await writeFile(sourceMapFile, sourceMap);
  return {
    hash: createHash('sha256').update(component).digest('hex'),
    file,
    sourceMapFile,
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
