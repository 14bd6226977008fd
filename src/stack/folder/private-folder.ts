import { chmod, lstat, mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { algaError } from '../../core/errors/alga-error.js';

/**
 * Makes a folder nobody else can use, or checks that an existing one is: a real folder, ours, and
 * closed to others (a wider one of ours is narrowed to `mode`). Somebody who prepared a folder at a
 * known place could otherwise put a socket or a lock of his own there.
 * Throws STACK_FOLDER_UNSAFE.
 */
export async function ensurePrivateFolder(path: string, mode = 0o700): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await mkdir(path, { mode }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  const entry = await lstat(path);
  if (!entry.isDirectory()) throw algaError('STACK_FOLDER_UNSAFE', { path, reason: 'it is not a folder' });
  const uid = process.getuid?.();
  if (uid === undefined) return;
  if (entry.uid !== uid) {
    throw algaError('STACK_FOLDER_UNSAFE', { path, reason: `it belongs to user ${entry.uid}` });
  }
  if ((entry.mode & 0o777) !== mode) await chmod(path, mode);
}
