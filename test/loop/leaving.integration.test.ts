import { once } from 'node:events';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReadyEvent } from '../../src/dev/events.js';
import { processTree } from '../stack/fixtures/sessions.js';
import { program } from '../support/programs.js';
import { type ScratchProject, scratchProject } from '../support/scratch.js';
import { type RunningSession, startSession, temporaryHome } from '../support/session.js';
import { openAlga } from '../tui/alga-terminal.js';
import type { Terminal } from '../tui/tmux.js';
import { eventually, expectNothingLeft, type Footprint, footprint, stackReport } from './processes.js';

/** The bound within which a person has the prompt back. */
const LEAVE_MS = 1_000;

interface Started {
  readonly session: RunningSession;
  readonly ready: ReadyEvent;
  readonly left: Footprint;
}

/** Every way of leaving a session ends its processes and frees its ports. */
describe('leaving', () => {
  let home: Awaited<ReturnType<typeof temporaryHome>>;
  let project: ScratchProject;
  const sessions: RunningSession[] = [];
  let terminal: Terminal | undefined;

  beforeAll(async () => {
    home = await temporaryHome();
    project = await scratchProject('ui-static', 'leaving');
  });

  afterAll(async () => {
    await terminal?.close();
    await Promise.all(sessions.map((session) => session.leave('SIGKILL')));
    await project?.remove();
    await home?.remove();
  });

  const start = async (): Promise<Started> => {
    const session = startSession([project.root], { home: home.home });
    sessions.push(session);
    const ready = await session.next('ready');
    return { session, ready, left: await footprint(home.home, Number(session.child.pid), ready) };
  };

  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    '%s: gone within a second, nothing left',
    async (signal) => {
      const { session, left } = await start();
      const { ms, code } = await session.leave(signal);
      expect(session.events.at(-1)).toMatchObject({ type: 'stopped', reason: signal });
      expect(code).toBe(0);
      expect(ms).toBeLessThan(LEAVE_MS);
      await expectNothingLeft(left);
    },
  );

  it('a signal while it is still starting: gone within a second, nothing left', async () => {
    const session = startSession([project.root], { home: home.home });
    sessions.push(session);
    await session.next('note', ({ message }) => /^(?:starting|creating)/.test(message));
    const processes = await processTree(Number(session.child.pid));
    const { ms, code } = await session.leave('SIGINT');
    expect(code).toBe(0);
    expect(ms).toBeLessThan(LEAVE_MS);
    expect(session.events.filter(({ type }) => type === 'error')).toEqual([]);
    await expectNothingLeft({ home: home.home, processes, ports: [] });
  });

  it('whoever reads its lines is gone: leaves with the next one, without a word, nothing left', async () => {
    const { session, left } = await start();
    const exited = once(session.child, 'exit');
    let complaint = '';
    session.child.stderr?.on('data', (chunk: Buffer) => {
      complaint += chunk.toString();
    });
    session.child.stdout?.destroy();
    await project.edit('ui/index.html', '</head>', '<meta name="unread" content="x"></head>');
    expect(await exited).toEqual([0, null]);
    expect(complaint).toBe('');
    await expectNothingLeft(left);
  });

  it('kill -9 of the session: nothing left, and the next start works', async () => {
    const { session, ready, left } = await start();
    await session.leave('SIGKILL');
    await expectNothingLeft(left);
    const next = await start();
    expect(next.ready.contentHash).toBe(ready.contentHash);
    await next.session.leave();
    await expectNothingLeft(next.left);
  });

  it('kill -9 of the supervisor: the stack comes back under the session, and goes with it', async () => {
    const { session, ready, left } = await start();
    const from = session.mark();
    process.kill(Number((await stackReport(home.home)).pid), 'SIGKILL');
    expect(await session.next('error', undefined, from)).toMatchObject({ code: 'STACK_SUPERVISOR_LOST' });
    await eventually(
      () => stackReport(home.home),
      ({ sessions: holders }) => expect(holders).toEqual([session.child.pid]),
    );
    const mark = session.mark();
    await project.edit('ui/index.html', '</head>', '<meta name="after" content="x"></head>');
    await session.next('live', (event) => event.lane === 'published' && event.changed === true, mark);
    const again = await footprint(home.home, Number(session.child.pid), ready);
    await session.leave();
    await expectNothingLeft({ ...again, processes: [...left.processes, ...again.processes] });
  });

  it('kill -9 of session and supervisor at once: nothing left, and the next start works', async () => {
    const { session, left } = await start();
    process.kill(Number((await stackReport(home.home)).pid), 'SIGKILL');
    await session.leave('SIGKILL');
    await expectNothingLeft(left);
    const next = await start();
    await next.session.leave();
    await expectNothingLeft(next.left);
  });

  it.skipIf(!program('tmux'))('a closed terminal: nothing left', async () => {
    const file = join(project.root, '.alga', 'session.json');
    // A killed session leaves it.
    await rm(file, { force: true });
    terminal = await openAlga({
      ...{ size: { columns: 100, rows: 30 }, home: home.home, args: ['dev', project.root] },
    });
    const found = await eventually(
      async () =>
        JSON.parse(await readFile(file, 'utf8')) as { pid: number; origin: string; runnerUrl: string },
      ({ pid }) => expect(pid).toBeGreaterThan(0),
    );
    const urls = { page: found.origin, runner: found.runnerUrl };
    const left = await footprint(home.home, found.pid, { urls });
    expect(left.processes).toContain(found.pid);
    await terminal.close();
    await expectNothingLeft(left);
  });

  it('refuses a second session on the same project, naming the first one', async () => {
    const { session, left } = await start();
    const second = startSession([project.root], { home: home.home });
    sessions.push(second);
    const error = await second.next('error');
    expect(error).toMatchObject({
      code: 'SESSION_ALREADY_RUNNING',
      message: expect.stringContaining(String(session.child.pid)),
    });
    await session.leave();
    await expectNothingLeft(left);
  });

  it('starts in spite of a lock that another process has left behind', async () => {
    const { session, left } = await start();
    const lock = `${project.root}/.alga/session.lock`;
    const text = await readFile(lock, 'utf8');
    await rename(lock, `${lock}.kept`);
    await session.leave();
    await expectNothingLeft(left);
    // The same process id with another start time: a later process that got the id again.
    await project.write('.alga/session.lock', text.replace(String(session.child.pid), String(process.pid)));
    const next = await start();
    await next.session.leave();
    await expectNothingLeft(next.left);
  });

  it('comes up at other addresses when somebody has taken the last ones meanwhile', async () => {
    const { session, left } = await start();
    const before = await storePort();
    await session.leave();
    await expectNothingLeft(left);
    const stranger = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => stranger.listen(before, '127.0.0.1', resolve));
    try {
      // Ready means published and proven through runner and gateway.
      const next = await start();
      expect(await storePort()).not.toBe(before);
      await next.session.leave();
      await expectNothingLeft(next.left);
    } finally {
      await new Promise((resolve) => stranger.close(resolve));
    }
  });

  it('finds no project where the stack of the last time is coming up again: leaves nothing', async () => {
    const { session, left } = await start();
    await session.leave();
    await expectNothingLeft(left);
    const manifest = join(project.root, 'manifest.json');
    await rename(manifest, `${manifest}.away`);
    try {
      const lost = startSession([project.root], { home: home.home });
      sessions.push(lost);
      await lost.next('error');
      await expectNothingLeft({ ...left, processes: [Number(lost.child.pid)] });
    } finally {
      await rename(`${manifest}.away`, manifest);
    }
  });

  it('waits for its manifest to be mended, longer than the stack that came up for it does', async () => {
    const manifest = join(project.root, 'manifest.json');
    const text = await readFile(manifest, 'utf8');
    await writeFile(manifest, '{');
    const session = startSession([project.root], { home: home.home });
    sessions.push(session);
    expect(await session.next('error')).toMatchObject({ code: 'MANIFEST_SYNTAX' });
    await eventually(
      () => stackReport(home.home),
      ({ running }) => expect(running).toBe(false),
    );
    await writeFile(manifest, text);
    const ready = await session.next('ready');
    const left = await footprint(home.home, Number(session.child.pid), ready);
    await session.leave();
    await expectNothingLeft(left);
  });

  it('says what fails beside the stack that comes up, and leaves nothing', async () => {
    const key = join(home.home, 'stack', 'secrets.key');
    const before = await readFile(key, 'utf8');
    await writeFile(key, 'no key');
    try {
      const session = startSession([project.root], { home: home.home });
      sessions.push(session);
      expect(await session.next('error')).toMatchObject({ code: 'REGISTRY_SEALING_KEY_UNUSABLE' });
      expect(await session.next('stopped')).toMatchObject({ reason: 'failed to start' });
      await eventually(
        () => stackReport(home.home),
        ({ running }) => expect(running).toBe(false),
      );
    } finally {
      await writeFile(key, before);
    }
  });

  async function storePort(): Promise<number | undefined> {
    const { services } = await stackReport(home.home);
    return services.find(({ name }) => name === 'store')?.port;
  }
});
