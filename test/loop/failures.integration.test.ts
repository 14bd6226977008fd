import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LiveEvent, ReadyEvent, SessionEvent } from '../../src/dev/events.js';
import { type Backend, openBackend } from '../support/backend.js';
import { type ScratchProject, scratchProject } from '../support/scratch.js';
import { type RunningSession, startSession, temporaryHome } from '../support/session.js';
import { eventually, runnerProcess, serviceProcess } from './processes.js';

const HANDLER = 'src/handler.ts';
const PAGE = 'ui/src/App.tsx';
const GREETING = 'Hello from the handler';

/** What breaks in the middle of work leaves the last good version answering, and mends by itself. */
describe('failures', () => {
  let home: Awaited<ReturnType<typeof temporaryHome>>;
  let project: ScratchProject;
  let session: RunningSession;
  let ready: ReadyEvent;
  let backend: Backend;
  let handler: string;
  let manifest: string;
  let versions = 0;

  beforeAll(async () => {
    home = await temporaryHome();
    project = await scratchProject('full', 'failures');
    handler = await project.read(HANDLER);
    await project.write(HANDLER, handler.replace('logInfo(', 'logInfo((('));
    manifest = await project.read('manifest.json');
    await project.write('manifest.json', manifest.replace('"runtime":', '"runtime"'));
    session = startSession([project.root], { home: home.home });
  });

  afterAll(async () => {
    await backend?.close();
    await session?.leave();
    await project?.remove();
    await home?.remove();
  });

  const live = (from: number, fits: (event: LiveEvent) => boolean = () => true): Promise<LiveEvent> =>
    session.next('live', (event) => event.lane === 'published' && fits(event), from);

  const published = (from: number): SessionEvent[] =>
    session.events.slice(from).filter((event) => event.type === 'live' && event.lane === 'published');

  const answer = async (): Promise<{ status: number; message: unknown }> => {
    const response = await fetch(`${ready.urls.gateway}/api/status`);
    const body = (await response.json()) as { message?: unknown };
    return { status: response.status, message: body.message };
  };

  const servedPages = async (): Promise<number[]> => {
    const served = await fetch(new URL(`/__alga/served/${ready.registryId}`, ready.urls.page));
    const { contentHash } = (await served.json()) as { contentHash: string };
    const published = `/runner/ext-ui/${ready.registryId}/${encodeURIComponent(contentHash)}/index.html`;
    const pages = [ready.urls.ui, new URL(`${published}?tenant=${ready.tenantId}`, ready.urls.page)];
    return Promise.all(pages.map(async (page) => (await fetch(page)).status));
  };

  /** Writes a handler with a greeting that was never there, and gives the greeting. */
  const save = async (): Promise<string> => {
    const greeting = `Greeting ${++versions}`;
    await project.write(HANDLER, handler.replace(GREETING, greeting));
    return greeting;
  };

  const publishNew = async (): Promise<string> => {
    const from = session.mark();
    const greeting = await save();
    await live(from, (event) => event.changed === true);
    expect(await answer()).toEqual({ status: 200, message: greeting });
    return greeting;
  };

  it('stays up when it is started on a broken manifest', async () => {
    const error = await session.next('error');
    expect(error).toMatchObject({ code: 'MANIFEST_SYNTAX', file: 'manifest.json', step: 'detect' });
    expect(session.child.exitCode).toBeNull();
    await project.write('manifest.json', manifest);
    await session.next('step', ({ step, state }) => step === 'detect' && state === 'done');
  });

  it('stays up when the first build fails, and publishes the mended save', async () => {
    const error = await session.next('error', ({ code }) => code !== 'MANIFEST_SYNTAX');
    expect(error).toMatchObject({ code: 'HANDLER_SYNTAX', file: HANDLER, step: 'component' });
    expect(session.child.exitCode).toBeNull();
    const greeting = await save();
    ready = await session.next('ready');
    await live(0);
    expect(await answer()).toEqual({ status: 200, message: greeting });
    backend = await openBackend(home.home);
  });

  const manifestWith = (change: (text: string) => string) => async (): Promise<[string, string]> => {
    const text = await project.read('manifest.json');
    return ['manifest.json', change(text)];
  };
  const cases: readonly [string, () => Promise<[string, string]>, object][] = [
    [
      'a handler that does not parse',
      async () => [HANDLER, handler.replace('logInfo(', 'logInfo(((')],
      { code: 'HANDLER_SYNTAX', file: HANDLER, step: 'component' },
    ],
    [
      'an import that is not there',
      async () => [HANDLER, handler.replace('./notes.ts', './not-there.ts')],
      { code: 'HANDLER_IMPORT_UNRESOLVED', file: HANDLER, step: 'component' },
    ],
    [
      'a UI that does not parse',
      async () => [PAGE, (await project.read(PAGE)).replace('return (', 'return (((')],
      { code: 'UI_SYNTAX', file: PAGE, step: 'ui' },
    ],
    [
      'a type error',
      async () => [HANDLER, handler.replace('failure(404, `', "failure('404', `")],
      { code: 'TYPES_MISMATCH', file: HANDLER, step: 'types' },
    ],
    [
      'a manifest that is no JSON',
      manifestWith((text) => text.replace('"runtime":', '"runtime"')),
      { code: 'MANIFEST_SYNTAX', file: 'manifest.json', step: 'validate' },
    ],
    [
      'a manifest that breaks a rule',
      manifestWith((text) => text.replace('"POST"', '"FETCH"')),
      { code: 'MANIFEST_INVALID', file: 'manifest.json', step: 'validate' },
    ],
  ];
  it.each(cases)(
    '%s is shown with its place, and the last good version answers',
    async (_, broken, error) => {
      const before = await publishNew();
      const [file, text] = await broken();
      const good = await project.read(file);
      const from = session.mark();
      await project.write(file, text);
      const shown = await session.next('error', (event) => event.file === file, from);
      expect(shown).toMatchObject({
        ...error,
        extension: ready.extension,
        line: expect.any(Number),
        column: expect.any(Number),
        frame: expect.stringContaining('>'),
        hint: expect.stringMatching(/\w/),
      });
      // The live server and the build both look at a UI: the save is dealt with when its pass has failed.
      await session.next('step', ({ state }) => state === 'failed', from);
      expect(await answer()).toEqual({ status: 200, message: before });
      expect(await servedPages()).toEqual([200, 200]);
      const mended = session.mark();
      await project.write(file, good);
      await live(mended);
      await publishNew();
      expect(session.events.slice(mended).filter(({ type }) => type === 'error')).toEqual([]);
    },
  );

  it('builds with the built-in interface definition when the project’s own is broken or missing', async () => {
    const file = 'wit/extension-runner.wit';
    const good = await project.read(file);
    let from = session.mark();
    await project.write(file, 'package alga:extension;\nworld runner { import nonsense; }\n');
    const warning = await session.next('warning', (event) => event.file === file, from);
    expect(warning).toMatchObject({ code: 'COMPONENT_WIT_REFUSED', hint: expect.stringContaining(file) });
    await publishNew();
    from = session.mark();
    await rm(join(project.root, file));
    await live(from);
    await publishNew();
    from = session.mark();
    await project.write(file, good);
    await live(from);
    await publishNew();
  });

  it('folds edits during a build into the next, and serves the last of them', async () => {
    const start = session.mark();
    const edits = 10;
    let last = '';
    for (let edit = 0; edit < edits; edit++) {
      const from = session.mark();
      last = await save();
      // The next edit comes while this one is being built.
      if (edit < edits - 1) await session.next('step', (event) => event.step === 'component', from);
    }
    await eventually(answer, (seen) => expect(seen).toEqual({ status: 200, message: last }));
    await publishNew();
    const since = session.events.slice(start);
    expect(published(start).length).toBeLessThan(edits);
    expect(since.filter(({ type }) => type === 'error')).toEqual([]);
    const component = since.flatMap((event) =>
      event.type === 'step' && event.step === 'component' ? [event.state] : [],
    );
    const count = (state: string): number => component.filter((one) => one === state).length;
    expect(count('done')).toBeLessThan(count('started'));
  });

  it('makes one build of a burst of edits', async () => {
    const from = session.mark();
    let last = '';
    for (let edit = 0; edit < 10; edit++) last = await save();
    await eventually(answer, (seen) => expect(seen).toEqual({ status: 200, message: last }));
    await publishNew();
    expect(published(from).length).toBeLessThanOrEqual(4);
  });

  const idle: readonly [string, () => Promise<number>][] = [
    ['database', () => serviceProcess(home.home, 'database')],
    ['object store', () => serviceProcess(home.home, 'store')],
    ['runner', () => runnerProcess(Number(session.child.pid))],
  ];
  it.each(idle)('answers again by itself after kill -9 of the idle %s', async (name, pid) => {
    const greeting = await publishNew();
    const from = session.mark();
    process.kill(await pid(), 'SIGKILL');
    await session.next('note', ({ message }) => /runner stopped|is down/.test(message), from);
    await eventually(answer, (seen) => expect(seen, name).toEqual({ status: 200, message: greeting }));
    expect(await servedPages()).toEqual([200, 200]);
    await publishNew();
  });

  it('publishes by itself what kill -9 of the database interrupted', async () => {
    const before = await publishNew();
    const pid = await serviceProcess(home.home, 'database');
    const held = backend.hold('extension_bundle');
    await held.taken;
    const from = session.mark();
    const greeting = await save();
    await session.next('step', (event) => event.step === 'register', from);
    expect(published(from)).toEqual([]);
    process.kill(pid, 'SIGKILL');
    await held.lost;
    await session.next('note', ({ message }) => message.startsWith('database is down'), from);
    await eventually(answer, ({ status, message }) => {
      expect(status).toBe(200);
      expect([before, greeting]).toContain(message);
    });
    await live(from, (event) => event.changed === true);
    expect(await answer()).toEqual({ status: 200, message: greeting });
  });

  it('publishes by itself what kill -9 of the object store interrupted', async () => {
    await publishNew();
    const pid = await serviceProcess(home.home, 'store');
    const from = session.mark();
    process.kill(pid, 'SIGSTOP');
    const greeting = await save();
    await session.next('step', (event) => event.step === 'upload', from);
    process.kill(pid, 'SIGKILL');
    await session.next('note', ({ message }) => message.startsWith('store is down'), from);
    await live(from, (event) => event.changed === true);
    expect(await answer()).toEqual({ status: 200, message: greeting });
  });

  it('publishes by itself what kill -9 of the runner interrupted', async () => {
    await publishNew();
    const pid = await runnerProcess(Number(session.child.pid));
    const from = session.mark();
    process.kill(pid, 'SIGSTOP');
    const greeting = await save();
    await session.next('step', ({ step, state }) => step === 'component' && state === 'done', from);
    process.kill(pid, 'SIGKILL');
    await session.next('note', ({ message }) => message.startsWith('runner stopped'), from);
    await live(from, (event) => event.changed === true);
    expect(await answer()).toEqual({ status: 200, message: greeting });
  });
});
