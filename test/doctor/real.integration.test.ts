import { rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReadyEvent } from '../../src/dev/events.js';
import { type ScratchProject, scratchProject } from '../support/scratch.js';
import { type RunningSession, startSession, temporaryHome } from '../support/session.js';
import { expectWorking } from './faults/working.js';
import { cleanEnv, found, mendAll } from './support.js';

const HANDLER = 'src/handler.ts';
/** In front of the first statement that uses the request. */
const FIRST = '  const { method, url } = request.http;\n';
const HOG = `  if (request.http.url.includes('hog')) {
    const kept: Uint8Array[] = [];
    for (;;) kept.push(new Uint8Array(16_777_216).fill(1));
  }
`;
const TRAP = "  if (request.http.url.length > 0) throw new Error('never answers');\n";

/** Faults of the author's own making, in a session as it is: nothing stands between the parts. */
describe('faults that a session gets into by itself', () => {
  let home: Awaited<ReturnType<typeof temporaryHome>>;
  let project: ScratchProject;
  let session: RunningSession;
  let ready: ReadyEvent;
  let good: string;

  beforeAll(async () => {
    home = await temporaryHome();
    project = await scratchProject('full', 'real');
    good = await project.read(HANDLER);
    await open();
  });
  afterAll(async () => {
    await session?.leave('SIGKILL');
    await project?.remove();
    await home?.remove();
  });

  const open = async (): Promise<void> => {
    session = startSession([project.root], { home: home.home });
    ready = await session.next('ready');
    await session.next('live', ({ lane }) => lane === 'published');
  };
  const look = () => found(project.root, cleanEnv(home.home));
  const expectHealthy = async (): Promise<void> => {
    expect(await look()).toEqual([]);
    await expectWorking(ready);
  };
  const publish = async (code: string): Promise<void> => {
    const from = session.mark();
    await project.write(HANDLER, good.replace(FIRST, `${code}${FIRST}`));
    await session.next('live', ({ lane }) => lane === 'published', from);
  };

  it('runner.limits: a call that takes all memory', async () => {
    await publish(HOG);
    expect(await look()).toEqual([]);
    expect((await fetch(`${ready.urls.gateway}/api/status?hog`)).status).toBeGreaterThanOrEqual(500);
    expect(await look()).toEqual(['runner.limits']);
    await publish('');
    await expectHealthy();
  });

  it('host.gateway: a handler that throws', async () => {
    await publish(TRAP);
    expect(await look()).toEqual(['host.gateway']);
    await publish('');
    await expectHealthy();
  });

  it('host.page: a page that is gone', async () => {
    const page = join(project.root, 'ui/index.html');
    const from = session.mark();
    await rename(page, `${page}.away`);
    await session.next('error', undefined, from);
    expect(await look()).toEqual(['host.page', 'project.shape']);
    const again = session.mark();
    await rename(`${page}.away`, page);
    await session.next('live', ({ lane }) => lane === 'published', again);
    await expectHealthy();
  });

  it('host.reachable and runner.reachable: a session that hangs', async () => {
    session.child.kill('SIGSTOP');
    try {
      expect((await look()).sort()).toEqual(['host.reachable', 'runner.reachable']);
    } finally {
      session.child.kill('SIGCONT');
    }
    await expectHealthy();
  });

  it('machine.leftovers: a session that was killed, and the next one', async () => {
    expect(await session.leave('SIGKILL')).toMatchObject({ signal: 'SIGKILL' });
    expect(await look()).toEqual(['machine.leftovers']);
    expect(await mendAll(project.root, cleanEnv(home.home))).toEqual(['machine.leftovers']);
    expect(await look()).toEqual([]);
    await expect(stat(join(project.root, '.alga/session.lock'))).rejects.toThrow();
    await open();
    await expectHealthy();
    expect(await session.leave()).toMatchObject({ code: 0 });
  });
});
