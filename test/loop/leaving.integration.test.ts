import { execFile } from 'node:child_process';
import { readFile, rename } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReadyEvent } from '../../src/dev/events.js';
import { type ScratchProject, scratchProject } from '../support/scratch.js';
import { type RunningSession, startSession, temporaryHome } from '../support/session.js';

const run = promisify(execFile);

/** Every way of leaving a session ends its processes and frees its ports. */
describe('leaving', () => {
  let home: Awaited<ReturnType<typeof temporaryHome>>;
  let project: ScratchProject;

  beforeAll(async () => {
    home = await temporaryHome();
    project = await scratchProject('ui-static', 'leaving');
  });

  afterAll(async () => {
    await project?.remove();
    await home?.remove();
  });

  const start = async (): Promise<{ session: RunningSession; ready: ReadyEvent }> => {
    const session = startSession([project.root], { home: home.home });
    return { session, ready: await session.next('ready') };
  };

  const expectNothingLeft = async (ready: ReadyEvent): Promise<void> => {
    const ports = [ready.urls.page, ready.urls.runner].map((url) => Number(new URL(url).port));
    await until(
      async () => (await processesOf(home.home)).length === 0,
      () => processesOf(home.home),
    );
    for (const port of ports) expect(await accepts(port)).toBe(false);
  };

  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    '%s: gone within a second, nothing left',
    async (signal) => {
      const { session, ready } = await start();
      const { ms, code } = await session.leave(signal);
      expect(session.events.at(-1)).toMatchObject({ type: 'stopped' });
      expect(code).toBe(0);
      expect(ms).toBeLessThan(1_000);
      await expectNothingLeft(ready);
    },
  );

  it('kill -9 of the session: nothing left, and the next start works', async () => {
    const { session, ready } = await start();
    await session.leave('SIGKILL');
    await expectNothingLeft(ready);
    const next = await start();
    expect(next.ready.contentHash).toBe(ready.contentHash);
    await next.session.leave();
    await expectNothingLeft(next.ready);
  });

  it('refuses a second session on the same project, naming the first one', async () => {
    const { session, ready } = await start();
    const second = startSession([project.root], { home: home.home });
    const error = await second.next('error');
    expect(error).toMatchObject({
      code: 'SESSION_ALREADY_RUNNING',
      message: expect.stringContaining(String(session.child.pid)),
    });
    await session.leave();
    await expectNothingLeft(ready);
  });

  it('starts in spite of a lock that another process has left behind', async () => {
    const { session, ready } = await start();
    const lock = `${project.root}/.alga/session.lock`;
    const text = await readFile(lock, 'utf8');
    await rename(lock, `${lock}.kept`);
    await session.leave();
    await expectNothingLeft(ready);
    // The same process id with another start time: a later process that got the id again.
    await project.write('.alga/session.lock', text.replace(String(session.child.pid), String(process.pid)));
    const next = await start();
    await next.session.leave();
    await expectNothingLeft(next.ready);
  });
});

/** Command lines of the processes that work for a home folder, found by their environment. */
async function processesOf(home: string): Promise<string[]> {
  const { stdout } = await run('ps', ['axeww', '-o', 'pid=,args=']);
  return stdout
    .split('\n')
    .filter((line) => line.includes(`ALGA_HOME=${home}`) || line.includes(`${home}/`))
    .filter((line) => !line.includes('ps axeww'));
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ port, host: '127.0.0.1' });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

async function until(holds: () => Promise<boolean>, show: () => Promise<unknown>): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`still there: ${JSON.stringify(await show())}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
