import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Project } from '../../project/types.js';
import { ifSeen } from '../unseen.js';
import type { View } from '../view.js';

/** Folders that are sources or caches, never part of a page. */
const NEVER_SHIPPED = /(?:^|\/)(?:node_modules|__MACOSX|\.[^/]*)(?:\/|$)/;
const MAX_FILES = 5_000;

/** What is shipped, as far as it is there: the published bundle, else what lies in the project. */
export interface Artifacts {
  /** For people: where these come from. */
  readonly from: string;
  readonly component: Uint8Array | undefined;
  /** Names of the UI's files below `ui/`. */
  readonly uiFiles: readonly string[];
  readonly page: string | undefined;
}

/** Gathers the newest artifacts there are; nothing is built. */
export async function findArtifacts(view: View): Promise<Artifacts> {
  const published = await ifSeen(view.sound());
  if (published !== undefined) {
    const page = published.entries.get('ui/index.html');
    return {
      from: 'the published bundle',
      component: published.entries.get('dist/main.wasm'),
      uiFiles: [...published.entries.keys()].flatMap((name) =>
        name.startsWith('ui/') ? [name.slice(3)] : [],
      ),
      page: page === undefined ? undefined : Buffer.from(page).toString('utf8'),
    };
  }
  const project = await view.project();
  const component = await readFile(
    project.prebuiltComponent ?? join(project.root, 'dist', 'main.wasm'),
  ).catch(() => undefined);
  const root = shippedFolder(project);
  const page = root && (await readFile(join(root, 'index.html'), 'utf8').catch(() => undefined));
  return { from: 'the project', component, uiFiles: await findUiFiles(view), page };
}

/**
 * Names of the files in the folder that is shipped as the UI. Those that the runner refuses are left out of a bundle,
 * and missed on the page.
 */
export async function findUiFiles(view: View): Promise<string[]> {
  const root = shippedFolder(await view.project());
  if (root === undefined) return [];
  return (await readdir(root, { recursive: true, withFileTypes: true }).catch(() => []))
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(root.length + 1)
        .replaceAll('\\', '/'),
    )
    .filter((name) => !NEVER_SHIPPED.test(name) && !name.endsWith('.tar.zst'))
    .slice(0, MAX_FILES);
}

/** The root of a page that Vite builds holds sources, of which nothing is shipped as it is. */
function shippedFolder({ ui }: Project): string | undefined {
  return ui === undefined || ui.kind === 'vite' ? undefined : ui.root;
}
