import { stat } from 'node:fs/promises';

/** Whether one of the files was written at or after a time in Unix milliseconds; one that is gone was not. */
export async function savedSince(files: readonly string[], time: number): Promise<boolean> {
  const found = await Promise.all(files.map((file) => stat(file).catch(() => undefined)));
  return found.some((file) => file !== undefined && file.mtimeMs >= time);
}
