import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReadyEvent } from '../../src/dev/events.js';
import { type ScratchProject, scratchProject } from '../support/scratch.js';
import { type RunningSession, startSession, temporaryHome } from '../support/session.js';
import { expectPage } from './faults/working.js';
import { cleanEnv, found } from './support.js';

const CONFIG = 'vite.config.ts';
/** A plugin that ends the process in which the UI is served, each time it starts. */
const FATAL = "{ name: 'fatal', apply: 'serve', configureServer: () => process.exit(3) }";

describe('a session whose live UI cannot stay up', () => {
  let home: Awaited<ReturnType<typeof temporaryHome>>;
  let project: ScratchProject;
  let session: RunningSession;
  let ready: ReadyEvent;

  beforeAll(async () => {
    home = await temporaryHome();
    project = await scratchProject('ui-react', 'fatal');
    session = startSession([project.root], { home: home.home });
    ready = await session.next('ready');
    await session.next('live', ({ lane }) => lane === 'published');
  });
  afterAll(async () => {
    await session?.leave();
    await project?.remove();
    await home?.remove();
  });

  it('host.page: the frame has nobody to answer it', async () => {
    const look = () => found(project.root, cleanEnv(home.home));
    expect(await look()).toEqual([]);
    const good = await project.read(CONFIG);
    const from = session.mark();
    await project.write(CONFIG, good.replace('[react()]', `[react(), ${FATAL}]`));
    await session.next('error', ({ code }) => code === 'UI_PROCESS_LOST', from);
    expect(await look()).toEqual(['host.page']);
    await project.write(CONFIG, good);
    await expect.poll(look, { timeout: 30_000 }).toEqual([]);
    await expectPage(ready);
    expect(await (await fetch(ready.urls.ui)).text()).toContain('/@vite/client');
  });
});
