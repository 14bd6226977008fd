import { chmod, rm, writeFile } from 'node:fs/promises';
import { program } from '../../support/programs.js';

const NOBODY = 65_534;

const isRoot = process.getuid?.() === 0;

/** Who programs run as that are started by {@link asNobody}; undefined: as we do, who are nobody special. */
export const unprivileged: number | undefined = isRoot ? NOBODY : undefined;

/** Starts the programs of this Node without the rights of root, to which no mode of a file means anything. */
export async function asNobody<T>(folder: string, start: () => Promise<T>): Promise<T> {
  if (!isRoot) return start();
  const node = process.execPath;
  const wrapper = `${folder}-node`;
  const ids = `--reuid=${NOBODY} --regid=${NOBODY} --clear-groups`;
  await writeFile(wrapper, `#!/bin/sh\nexec ${program('setpriv') ?? 'setpriv'} ${ids} ${node} "$@"\n`);
  await chmod(wrapper, 0o755);
  process.execPath = wrapper;
  try {
    return await start();
  } finally {
    process.execPath = node;
    await rm(wrapper);
  }
}
