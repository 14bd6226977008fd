import type { Browser, Frame, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReadyEvent } from '../../src/dev/events.js';
import { processTree } from '../stack/fixtures/sessions.js';
import { chromiumPath, launchBrowser } from '../support/browser.js';
import { type ScratchProject, scratchProject } from '../support/scratch.js';
import { type RunningSession, startSession, temporaryHome } from '../support/session.js';

/** How long the page waits between its questions to the session, and then for an answer. */
const [QUESTION_MS, ANSWER_MS] = [15_000, 5000];

/** Signals a process unless it has ended meanwhile: a connection of the database, or a step of a build. */
function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** A session and a page that are put to sleep: nothing answers, no connection ends, and the clock jumps. */
describe.skipIf(!chromiumPath || process.platform === 'win32')('after sleep', () => {
  let home: Awaited<ReturnType<typeof temporaryHome>>;
  let project: ScratchProject;
  let session: RunningSession;
  let ready: ReadyEvent;
  let browser: Browser;
  let page: Page;
  let frame: Frame;
  const loads: string[] = [];

  beforeAll(async () => {
    home = await temporaryHome();
    project = await scratchProject('ui-react', 'sleep');
    session = startSession([project.root], { home: home.home });
    [ready, browser] = await Promise.all([session.next('ready'), launchBrowser()]);
    page = await browser.newPage();
    await page.clock.install();
    await page.goto(ready.urls.page);
    await page.frameLocator('iframe[title="Extension App"]').getByRole('button').waitFor();
    const found = page.frames().find((known) => known.url().includes('/ext-ui/'));
    if (!found) throw new Error('the frame is gone');
    frame = found;
    page.on('framenavigated', (navigated) => loads.push(navigated.url()));
  });

  afterAll(async () => {
    await browser?.close();
    await session?.leave();
    await project?.remove();
    await home?.remove();
  });

  const badge = () => page.locator('.badge');
  const asleep = async <T>(meanwhile: () => Promise<T>): Promise<T> => {
    const processes = await processTree(Number(session.child.pid));
    for (const pid of processes) signal(pid, 'SIGSTOP');
    try {
      await page.clock.fastForward(QUESTION_MS);
      await page.clock.fastForward(ANSWER_MS);
      await badge().getByText('alga dev is not there. Reconnecting').waitFor();
      return await meanwhile();
    } finally {
      for (const pid of processes.toReversed()) signal(pid, 'SIGCONT');
    }
  };
  const awake = () => page.locator('.badge[data-state="live"]').waitFor();

  it('the page reconnects by itself, shows what was edited meanwhile, and nothing is loaded anew', async () => {
    await frame.getByRole('button', { name: 'Clicked 0 times' }).click();
    const from = session.mark();
    await asleep(() => project.edit('ui/src/App.tsx', 'Clicked {', 'Pressed {'));
    await awake();
    await frame.getByRole('button', { name: 'Pressed 1 times' }).waitFor();
    await session.next('live', (event) => event.lane === 'published', from);
    expect(loads).toEqual([]);
  });

  it('the line carries both ways again', async () => {
    const from = session.mark();
    await page.getByRole('button', { name: 'Rebuild' }).click();
    await session.next('step', undefined, from);
    await project.edit('ui/src/App.tsx', 'Pressed {', 'Clicked {');
    await frame.getByRole('button', { name: 'Clicked 1 times' }).waitFor();
    await badge().getByText(/ ms$/).waitFor();
    expect(loads).toEqual([]);
  });
});
