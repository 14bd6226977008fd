import { dirname } from 'node:path';

/** Folders from `folder` up to the root of the file system, nearest first. */
export function foldersAbove(folder: string): string[] {
  const folders: string[] = [];
  for (let at = folder; ; at = dirname(at)) {
    folders.push(at);
    if (at === dirname(at)) return folders;
  }
}
