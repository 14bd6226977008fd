import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReadyEvent } from '../../src/dev/events.js';
import { program } from '../support/programs.js';
import { type ScratchProject, scratchProject } from '../support/scratch.js';
import { type RunningSession, runAlga, startSession, temporaryHome } from '../support/session.js';

/** The product stores bundles in MinIO: where one is installed, the embedded stack uses it. */
describe.skipIf(!program('minio'))('a session on MinIO', () => {
  let home: Awaited<ReturnType<typeof temporaryHome>>;
  let project: ScratchProject;
  let session: RunningSession;
  let ready: ReadyEvent;
  const env = { ALGA_OBJECT_STORE: '' };

  beforeAll(async () => {
    home = await temporaryHome();
    project = await scratchProject('full', 'on-minio');
    session = startSession([project.root], { home: home.home, env });
    ready = await session.next('ready');
  });
  afterAll(async () => {
    await session?.leave();
    await project?.remove();
    await home?.remove();
  });

  it('is on MinIO indeed', async () => {
    const { stdout } = await runAlga(['stack', 'status', '--json'], home.home);
    const { services } = JSON.parse(stdout) as { services: { name: string; port: number }[] };
    const port = services.find(({ name }) => name === 'store')?.port;
    const answer = await fetch(`http://127.0.0.1:${port}/minio/health/live`);
    expect(answer.headers.get('server')).toBe('MinIO');
  });

  it('publishes an edit, proven to be served', async () => {
    const from = session.mark();
    await project.edit('src/handler.ts', 'Hello from the handler', 'Kept in MinIO');
    const live = await session.next('live', (event) => event.lane === 'published', from);
    expect(live.contentHash).not.toBe(ready.contentHash);
    const answer = await fetch(`${ready.urls.gateway}/api/status`);
    expect(await answer.json()).toMatchObject({ message: 'Kept in MinIO' });
  });

  it('does not store again what is there', async () => {
    const from = session.mark();
    await project.edit('src/handler.ts', 'Kept in MinIO', 'Hello from the handler');
    const upload = await session.next(
      'step',
      ({ step, state }) => step === 'upload' && state === 'done',
      from,
    );
    expect(upload).toMatchObject({ detail: 'present' });
    const live = await session.next('live', (event) => event.lane === 'published', from);
    expect(live.contentHash).toBe(ready.contentHash);
  });
});
