import { join } from 'node:path';
import type { ComponentExecutable } from '../executable.js';
import type { StoredBundle } from './stored-bundle.js';

/**
 * The component of a bundle as the engine takes it; undefined for a bundle without a handler. The
 * source map is the one in the bundle, else `<hash>.map` in the folder a dev server may name.
 */
export function componentOf(
  bundle: StoredBundle,
  sourceMapDir: string | undefined,
): ComponentExecutable | undefined {
  const { component } = bundle;
  if (component === undefined) return undefined;
  const beside = sourceMapDir === undefined ? undefined : join(sourceMapDir, `${bundle.hex}.map`);
  const sourceMapFile = bundle.sourceMapFile ?? beside;
  return {
    ...{ kind: 'component', hash: bundle.hex, file: component.path, componentHash: component.sha256 },
    ...(sourceMapFile !== undefined && { sourceMapFile }),
  };
}
