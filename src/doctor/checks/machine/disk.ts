import { statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { cacheDir, stackDir } from '../../../core/paths.js';
import type { Check, Observation } from '../../check.js';
import { foldersAbove } from '../../sources/folders-above.js';

const LEAST_MB = 200;
const WISHED_MB = 1_000;

/** There is space where alga writes. */
export const diskCheck: Check = {
  id: 'machine.disk',
  title: 'There is space on the disk',
  group: 'machine',
  why: 'A full disk shows up as a bundle that cannot be stored, a runner whose cache cannot be written, or a database that stops.',
  run: async (view) => {
    const places = {
      project: await view.root(),
      stack: stackDir(view.env),
      cache: cacheDir(view.env),
      temporary: tmpdir(),
    };
    const found = await Promise.all(Object.entries(places).map(([name, path]) => look(name, path)));
    return found.flat();
  },
};

async function look(name: string, path: string): Promise<Observation[]> {
  const free = await freeMegabytes(path);
  if (free === undefined || free >= WISHED_MB) return [];
  return [
    {
      severity: free < LEAST_MB ? 'problem' : 'warning',
      seen: `${free} MB are free in the ${name} folder, ${path}`,
      expected: `${WISHED_MB} MB or more`,
      fix: {
        summary: 'Free space; old development bundles and caches can go',
        command: 'alga stack reset',
        safe: false,
      },
    },
  ];
}

/** A folder that is not there yet will be made beside what is there. */
async function freeMegabytes(path: string): Promise<number | undefined> {
  for (const folder of foldersAbove(path)) {
    const facts = await statfs(folder).catch(() => undefined);
    if (facts !== undefined) return Math.round((facts.bavail * facts.bsize) / 1_048_576);
  }
  return undefined;
}
