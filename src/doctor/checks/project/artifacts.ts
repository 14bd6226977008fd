import { stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { Check } from '../../check.js';
import { sourcesOf } from '../../sources/source-files.js';
import { ifSeen } from '../../unseen.js';

/** A checkout writes files in any order. */
const SAME_TIME_MS = 2_000;

/** What lies built in the project was built from its sources as they are. */
export const artifactsCheck: Check = {
  id: 'project.artifacts',
  title: 'Built files are newer than their sources',
  group: 'project',
  why: 'Whatever publishes from dist/ publishes the handler of before your last change.',
  run: async (view) => {
    const project = await view.project();
    const { root, prebuiltComponent } = project;
    // A session builds by itself and never looks into dist/.
    if (prebuiltComponent === undefined && (await ifSeen(view.session())) !== undefined) return [];
    const built = prebuiltComponent ?? join(root, 'dist', 'main.wasm');
    const made = await changed(built);
    if (made === undefined) return [];
    // What other tools leave beside it, when nobody has copied it since.
    const sources = [...(await sourcesOf(project)), join(root, 'dist', 'component.wasm')];
    const times = await Promise.all(sources.map(async (path) => ({ path, at: (await changed(path)) ?? 0 })));
    const newest = times.sort((a, b) => b.at - a.at)[0];
    if (newest === undefined || newest.at <= made + SAME_TIME_MS) return [];
    return [
      {
        severity: 'warning',
        seen: `${relative(root, built)} is older than ${relative(root, newest.path)}`,
        expected: 'it was built after the last change of the sources',
        fix: { summary: 'Build again', command: 'alga build', safe: false },
      },
    ];
  },
};

/** When a file was changed, in milliseconds since 1970. */
async function changed(path: string): Promise<number | undefined> {
  return (await stat(path).catch(() => undefined))?.mtimeMs;
}
