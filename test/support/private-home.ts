import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';

const NOT_HERE =
  'A test that starts a stack or a session needs a home of its own: see test/support/session.ts.\n';

/**
 * Makes the home that tests have who ask for none (`ALGA_HOME` of vitest.config.ts): a cache, which all share,
 * and a file in the place of the stack, so that none can be started there. Who takes even that away finds files
 * where the folders of a developer would be (`XDG_STATE_HOME`, `XDG_CACHE_HOME`).
 */
export async function setup({ config }: TestProject): Promise<void> {
  const { ALGA_HOME: home = '', XDG_STATE_HOME: state = '', XDG_CACHE_HOME: cache = '' } = config.env;
  const shared = join(home, '..', 'test-cache');
  for (const folder of [home, state, cache, shared]) await mkdir(folder, { recursive: true });
  // There already, from a run before or one beside this.
  await symlink(shared, join(home, 'cache'), 'junction').catch(() => undefined);
  for (const file of [join(home, 'stack'), join(state, 'alga'), join(cache, 'alga')])
    await writeFile(file, NOT_HERE);
}
