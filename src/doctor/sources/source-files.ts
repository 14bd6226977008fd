import { readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Project } from '../../project/types.js';

const SOURCE = /\.(?:[cm]?[jt]sx?|wit|rs|go|py)$/;
const NEVER = /(?:^|\/)(?:node_modules|dist|target|\.[^/]*)(?:\/|$)/;
const MAX_FILES = 2_000;

/** Files a handler is made from: what lies beside its entry and below, or the inputs of its own build. */
export async function sourcesOf({ handler, componentBuild }: Project): Promise<string[]> {
  const places = [
    ...(handler === undefined ? [] : [dirname(handler.entry)]),
    ...(handler?.witPath === undefined ? [] : [handler.witPath]),
    ...(componentBuild?.inputs ?? []),
  ];
  const found = await Promise.all(places.map(filesAt));
  return [...new Set(found.flat())].slice(0, MAX_FILES);
}

async function filesAt(place: string): Promise<string[]> {
  if ((await stat(place).catch(() => undefined))?.isFile()) return [place];
  const entries = await readdir(place, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile() && SOURCE.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !NEVER.test(path.slice(place.length + 1).replaceAll('\\', '/')));
}
