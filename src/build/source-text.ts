import { readFileSync } from 'node:fs';

/**
 * Text of a file as it is now; undefined when it cannot be read: gone since, or no file at all. Synchronous, for
 * compilers that ask for texts in the middle of their work and for the one file that a failure names.
 */
export function sourceText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
