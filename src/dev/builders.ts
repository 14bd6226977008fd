import { join } from 'node:path';
import { createHandlerBuilder, type HandlerBuilder } from '../build/handler/index.js';
import { createTypeChecker, type TypeChecker } from '../build/types/index.js';
import { createUiBuilder, type UiBuilder } from '../build/ui/index.js';
import { cacheDir, projectStateDir } from '../core/paths.js';
import type { Emit } from './event-stream.js';
import { hasKeptBundle } from './packing/kept-bundle.js';
import { PackProcess } from './packing/pack-process.js';

/** The long-lived builders of a session; every extension of the session shares them. */
export interface Builders {
  readonly handler: HandlerBuilder;
  readonly ui: UiBuilder;
  readonly types: TypeChecker;
  readonly packer: PackProcess;
}

/** Folder that an extension's UI is built into. */
export function uiOutDir(projectRoot: string): string {
  return join(projectStateDir(projectRoot), 'build', 'ui');
}

/** Starts the builders of a session; one that cannot warm up says so at its first build. */
export function startBuilders(env: NodeJS.ProcessEnv, emit: Emit, projectRoots: readonly string[]): Builders {
  const onNote = (message: string): void => emit({ type: 'note', message });
  const handler = createHandlerBuilder({ cacheDir: cacheDir(env), onNote });
  const builders: Builders = {
    handler,
    ui: createUiBuilder({ reuse: projectRoots.map(uiOutDir) }),
    types: createTypeChecker(),
    packer: new PackProcess((templateKey) => handler.templateComponent(templateKey)),
  };
  const { packer, ...others } = builders;
  const first = projectRoots.every(hasKeptBundle)
    ? Object.values(others)
    : [packer, ...Object.values(others)];
  for (const builder of first) builder.start().catch(() => undefined);
  return builders;
}
