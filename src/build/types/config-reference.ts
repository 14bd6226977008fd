import { dirname, join, resolve } from 'node:path';

/** A tree of configurations that refer to each other is followed so far; deeper than this it is a loop. */
export const MAX_REFERENCES = 5;

/** The configuration that a reference of the one at `from` means: a file, or a folder with a tsconfig.json. */
export function referencedConfig(from: string, path: string): string {
  const target = resolve(dirname(from), path);
  return target.endsWith('.json') ? target : join(target, 'tsconfig.json');
}
