import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createUiBuilder } from '../../src/build/ui/index.js';
import { type ScratchProject, scratchProject } from '../support/scratch.js';

let project: ScratchProject;
afterEach(() => project.remove());

/** Builds as a session does when it starts, and gives the page. */
async function start(): Promise<string> {
  const outDir = join(project.root, 'out/ui');
  const builder = createUiBuilder({ reuse: [outDir] });
  await builder.start();
  try {
    const ui = {
      root: join(project.root, 'ui'),
      kind: 'vite',
      viteConfig: join(project.root, 'vite.config.ts'),
    } as const;
    const artifact = await builder.build(
      { projectRoot: project.root, ui, outDir },
      new AbortController().signal,
    );
    expect(artifact.inputs).toContain(join(project.root, 'ui/src/App.tsx'));
    return await readFile(join(outDir, 'index.html'), 'utf8');
  } finally {
    await builder.stop();
  }
}

/** A project that counts how often its configuration is run, which every real build does. */
async function counting(setting = ''): Promise<() => Promise<number>> {
  project = await scratchProject('full', 'ui-kept');
  const config = await project.read('vite.config.ts');
  const count = `import { appendFileSync } from 'node:fs'; appendFileSync('builds', 'x'); ${setting}\n`;
  await project.write('vite.config.ts', count + config);
  await project.write('builds', '');
  return async () => (await project.read('builds')).length;
}

describe('what an earlier session has built', () => {
  it('is taken as long as a build would give the same', async () => {
    const builds = await counting();
    const page = await start();
    expect(await builds()).toBe(1);
    expect(await start()).toBe(page);
    expect(await builds()).toBe(1);
    await project.edit('ui/src/App.tsx', 'and save', 'then save');
    await start();
    expect(await builds()).toBe(2);
    await project.write('ui/src/Notes.js', 'export const another = 1;');
    await start();
    expect(await builds()).toBe(3);
    await writeFile(join(project.root, 'out/ui/index.html'), 'touched');
    expect(await start()).not.toContain('touched');
    expect(await builds()).toBe(4);
    await start();
    expect(await builds()).toBe(4);
  });

  it('is never taken when settings come from the environment', async () => {
    const builds = await counting('void process.env.API_URL;');
    await start();
    await start();
    expect(await builds()).toBe(2);
  });
});
