import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { HandlerFeatures, HandlerInput } from '../../../src/build/handler/index.js';
import { packageRoot } from '../../../src/core/entry.js';

/** Engine templates are dear to make and the same for all tests; they are kept between runs. */
const SHARED_TEMPLATES = join(packageRoot(), 'node_modules', '.cache', 'alga-test', 'builder', 'templates');

/** A throw-away handler project and the cache folder its builder uses. */
export interface HandlerProject {
  readonly root: string;
  /** Private, except for the engine templates. */
  readonly cacheDir: string;
  input(features?: HandlerFeatures): HandlerInput;
  write(name: string, text: string): Promise<void>;
  remove(): Promise<void>;
}

/** A project with `src/handler.ts` (or another entry) in a temporary folder. */
export async function handlerProject(source: string, entry = 'src/handler.ts'): Promise<HandlerProject> {
  const base = await mkdtemp(join(tmpdir(), 'alga-handler-'));
  const root = join(base, 'project');
  const write = async (name: string, text: string): Promise<void> => {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), text);
  };
  await write(entry, source);
  const cacheDir = join(base, 'cache');
  await Promise.all([mkdir(SHARED_TEMPLATES, { recursive: true }), mkdir(cacheDir)]);
  await symlink(SHARED_TEMPLATES, join(cacheDir, 'templates'), 'junction');
  return {
    root,
    cacheDir,
    input: (features = 'default') => ({
      projectRoot: root,
      handler: { entry: join(root, entry), root },
      features,
    }),
    write,
    remove: () => rm(base, { recursive: true, force: true }),
  };
}

/** A handler that answers with a text. */
export function answering(text: string): string {
  return `export async function handler() {
  return { status: 200, headers: [], body: new TextEncoder().encode(${JSON.stringify(text)}) };
}
`;
}
