import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { algaError } from '../../core/errors/alga-error.js';

/** New content for one file of a project. */
export interface FileEdit {
  /** Relative to the project root, with forward slashes. */
  readonly path: string;
  /** A file that is made and must not exist yet, or one that is changed. */
  readonly kind: 'new' | 'changed';
  readonly content: string | Uint8Array;
}

/** What an addition does to a project. */
export interface Addition {
  readonly edits: readonly FileEdit[];
  /** What is left to do by hand, one sentence each. */
  readonly notes: readonly string[];
}

/** Writes edits, the new files first: a manifest must not name what could not be made. Throws `ADD_EXISTS`. */
export async function writeEdits(root: string, edits: readonly FileEdit[]): Promise<void> {
  const ordered = [...edits].sort((a, b) => Number(a.kind === 'changed') - Number(b.kind === 'changed'));
  for (const { path, kind, content } of ordered) {
    const absolute = join(root, path);
    await mkdir(dirname(absolute), { recursive: true });
    await writeFile(absolute, content, { flag: kind === 'new' ? 'wx' : 'w' }).catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'EEXIST') {
        throw algaError('ADD_EXISTS', { what: path, file: path }, { cause: error });
      }
      throw error;
    });
  }
}
