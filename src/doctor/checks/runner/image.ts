import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Check } from '../../check.js';
import { imageMade, runnerContainers } from '../../sources/docker.js';
import { checkoutRoot } from '../../sources/product-files.js';

/** The runner's container was made from the source beside the project. */
export const runnerImageCheck: Check = {
  id: 'runner.image',
  title: "The image of the runner's container is newer than its source",
  group: 'runner',
  why: 'The container runs an older runner than the source you read: what was mended there is still broken here.',
  run: async (view) => {
    const running = (await runnerContainers(view.env)).filter(({ State }) => State.Running);
    const root = await checkoutRoot(await view.productPlace());
    if (root === undefined || running.length === 0) return [];
    const changed = await newestChange(join(root, 'ee', 'runner'));
    if (changed === undefined) return [];
    const looked = running.map(async (container) => {
      const made = await imageMade(view.env, container.Image);
      if (made === undefined || made >= changed.at) return [];
      return [
        {
          severity: 'warning' as const,
          seen: `the image ${container.Config.Image} is of ${made.toISOString()}, ${changed.path} of ${changed.at.toISOString()}`,
          expected: 'an image that was built after the last change of its source',
          fix: {
            summary: 'Build the image again',
            command: 'docker compose build extension-runner && docker compose up -d extension-runner',
            safe: false,
          },
        },
      ];
    });
    return (await Promise.all(looked)).flat();
  },
};

/** The source file that was changed last. */
async function newestChange(folder: string): Promise<{ path: string; at: Date } | undefined> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = found.filter(
    (entry) => entry.isFile() && /\.(?:rs|toml|wit|lock)$|^Dockerfile$/.test(entry.name),
  );
  const times = await Promise.all(
    files
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((path) => !path.slice(folder.length).includes('/target/'))
      .map(async (path) => ({ path, at: (await stat(path)).mtime })),
  );
  return times.sort((a, b) => b.at.getTime() - a.at.getTime())[0];
}
