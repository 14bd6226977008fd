import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReadyEvent, SessionEvent } from '../../src/dev/events.js';
import { type ScratchProject, scratchProject } from '../support/scratch.js';
import { type RunningSession, startSession, temporaryHome } from '../support/session.js';

/** A handler edit has two moments: the new code answers, and its bundle is published. */
describe('a handler before it is published', () => {
  let home: Awaited<ReturnType<typeof temporaryHome>>;
  let project: ScratchProject;
  let session: RunningSession;
  let ready: ReadyEvent;

  beforeAll(async () => {
    home = await temporaryHome();
    project = await scratchProject('full', 'live-handler');
    session = startSession([project.root], { home: home.home });
    ready = await session.next('ready');
  });

  afterAll(async () => {
    await session?.leave();
    await project?.remove();
    await home?.remove();
  });

  const ask = async (): Promise<string> => {
    const response = await fetch(`${ready.urls.gateway}/api/status`);
    return ((await response.json()) as { message: string }).message;
  };
  const isLive = (lane: string) => (event: SessionEvent) => event.type === 'live' && event.lane === lane;

  it('answers with the new code before the bundle is published, and no request in between gets the old', async () => {
    expect(await ask()).toBe('Hello from the handler');
    const from = session.mark();
    await project.edit('src/handler.ts', 'Hello from the handler', 'First edit');
    await session.next('change', undefined, from);
    expect(await ask()).toBe('First edit');
    await session.next('live', isLive('published'), from);
    const since = session.events.slice(from);
    const handler = since.findIndex(isLive('handler'));
    expect(handler).toBeGreaterThan(0);
    expect(handler).toBeLessThan(since.findIndex(isLive('published')));
    expect(await ask()).toBe('First edit');
  });

  it('is gone from the runner’s live folder once the bundle is published; the engine stays for the next', async () => {
    const left = await readdir(join(project.root, '.alga', 'live'));
    expect(left).toEqual([expect.stringMatching(/^[0-9a-f]{64}\.wasm$/)]);
  });

  it('is published with the UI that was saved just before, and nothing is taken for a failure', async () => {
    const from = session.mark();
    await project.edit('ui/src/App.tsx', 'its state stays.', 'its state stays, still.');
    await session.next('change', undefined, from);
    // While the pages are left alone with the UI.
    const between = session.mark();
    await project.edit('src/handler.ts', 'First edit', 'Second edit');
    await session.next('live', isLive('handler'), between);
    await session.next('live', isLive('published'), between);
    expect(await ask()).toBe('Second edit');
    expect(session.events.slice(from).filter(({ type }) => type === 'error')).toEqual([]);
    const back = session.mark();
    await project.edit('src/handler.ts', 'Second edit', 'First edit');
    await session.next('live', isLive('published'), back);
  });

  it('never answers when its types are wrong', async () => {
    const from = session.mark();
    await project.edit('src/handler.ts', "status('First edit')", "status(('Wrong type', 7))");
    await session.next('error', (event) => event.code === 'TYPES_MISMATCH', from);
    expect(await ask()).toBe('First edit');
    expect(session.events.slice(from).some(isLive('handler'))).toBe(false);
    await project.edit('src/handler.ts', "status(('Wrong type', 7))", "status('Mended')");
    await session.next('live', isLive('published'), from);
    expect(await ask()).toBe('Mended');
  });
});
