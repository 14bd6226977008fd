import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { sourceText } from '../../source-text.js';
import { declaredModules, withoutModules } from '../ambient-types.js';

/**
 * The configuration that stands in for one of the project's: the same settings and files, nothing is
 * emitted, and the declarations of the host's modules are there when the project has none of its own.
 */
export interface ShadowConfig {
  /** The project's own. */
  readonly source: string;
  readonly path: string;
  /** The file with our declarations, whether there is one or not. */
  readonly ambientPath: string;
}

/** Settings that only matter where something is emitted, and may contradict that nothing is. */
const NOTHING_EMITTED = { noEmit: true, composite: false, incremental: false, tsBuildInfoFile: null };

/**
 * Writes the stand-in of the configuration `source`, which names `fileNames`, into the `.alga` folder beside it, from
 * where packages of types are found as they are for the original. Gives it, and the files that it changed.
 */
export function writeShadow(
  source: string,
  fileNames: readonly string[],
  ambient: string,
): { readonly shadow: ShadowConfig; readonly written: readonly string[] } {
  const folder = join(dirname(source), '.alga', 'types');
  const shadow = {
    source,
    path: join(folder, basename(source)),
    ambientPath: join(folder, 'alga-extension.d.ts'),
  };
  const missing = missingDeclarations(fileNames, ambient);
  const files = missing === undefined ? fileNames : [...fileNames, shadow.ambientPath];
  const text = JSON.stringify({
    extends: source,
    compilerOptions: NOTHING_EMITTED,
    files,
    include: [],
    references: [],
  });
  mkdirSync(folder, { recursive: true });
  const written = [
    ...(missing === undefined ? [] : writeChanged(shadow.ambientPath, missing)),
    ...writeChanged(shadow.path, text),
  ];
  return { shadow, written };
}

/** The host's declarations that none of the project's own declaration files has; undefined for none. */
function missingDeclarations(fileNames: readonly string[], ambient: string): string | undefined {
  const declared = fileNames
    .filter((name) => name.endsWith('.d.ts'))
    .flatMap((name) => declaredModules(sourceText(name) ?? ''));
  const missing = withoutModules(ambient, new Set(declared));
  return declaredModules(missing).length === 0 ? undefined : missing;
}

function writeChanged(path: string, text: string): string[] {
  if (sourceText(path) === text) return [];
  writeFileSync(path, text);
  return [path];
}
