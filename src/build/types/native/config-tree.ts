import { existsSync } from 'node:fs';
import { z } from 'zod';
import { blankComments } from '../../../project/source-scan.js';
import { sourceText } from '../../source-text.js';
import { MAX_REFERENCES, referencedConfig } from '../config-reference.js';
import type { NativeCompiler } from './native-compiler.js';

const referencesSchema = z.object({ references: z.array(z.object({ path: z.string() })).default([]) });

/** The configurations to check for one: a configuration without files of its own stands for those it refers to. */
export function configTree(
  compiler: NativeCompiler,
  path: string,
  depth = 0,
): Array<{ readonly path: string; readonly fileNames: readonly string[] }> {
  const references = depth < MAX_REFERENCES ? referencesOf(path) : [];
  const fileNames = compiler.fileNames(path);
  if (fileNames.length > 0 || references.length === 0) return [{ path, fileNames }];
  return references.flatMap((file) => configTree(compiler, file, depth + 1));
}

/** Paths of the configurations that one refers to; none for a file that is missing or no JSON: the compiler tells that. */
function referencesOf(path: string): string[] {
  try {
    const text = blankComments(sourceText(path) ?? '');
    const { references } = referencesSchema.parse(JSON.parse(text.replace(/,(\s*[}\]])/g, '$1')));
    return references
      .map((reference) => referencedConfig(path, reference.path))
      .filter((file) => existsSync(file));
  } catch {
    return [];
  }
}
