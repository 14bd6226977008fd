import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReadyEvent } from '../../src/dev/events.js';
import { type ScratchProject, scratchProject } from '../support/scratch.js';
import { type RunningSession, runAlga, startSession, temporaryHome } from '../support/session.js';
import { eventually, expectNothingLeft, type Footprint, footprint, stackReport } from './processes.js';

/** Several extensions in one session, and several sessions on one stack. */
describe('several', () => {
  let home: Awaited<ReturnType<typeof temporaryHome>>;
  const projects: ScratchProject[] = [];
  const sessions: RunningSession[] = [];
  const readies: ReadyEvent[] = [];

  beforeAll(async () => {
    home = await temporaryHome();
    for (const name of ['one', 'two', 'three']) projects.push(await scratchProject('full', name));
    const [one, two] = projects;
    const session = startSession([String(one?.root), String(two?.root)], { home: home.home });
    sessions.push(session);
    for (const name of ['one', 'two']) {
      readies.push(await session.next('ready', ({ extension }) => extension.endsWith(`.${name}`)));
    }
  });

  afterAll(async () => {
    await Promise.all(sessions.map((session) => session.leave()));
    await Promise.all(projects.map((project) => project.remove()));
    await home?.remove();
  });

  const at = <T>(list: readonly T[], index: number): T => {
    const found = list[index];
    if (found === undefined) throw new Error(`there is no number ${index}`);
    return found;
  };

  const greeting = async (index: number): Promise<unknown> => {
    const response = await fetch(`${at(readies, index).urls.gateway}/api/status`);
    return ((await response.json()) as { message?: unknown }).message;
  };

  const publish = async (session: RunningSession, index: number, text: string): Promise<void> => {
    const from = session.mark();
    const source = await at(projects, index).read('src/handler.ts');
    await at(projects, index).write(
      'src/handler.ts',
      source.replace(/status\('[^']*'\)/, `status('${text}')`),
    );
    await session.next('live', (event) => event.lane === 'published' && event.changed === true, from);
    expect(await greeting(index)).toBe(text);
  };

  it('serves two extensions in one session, each under its own id', async () => {
    expect(at(readies, 0).registryId).not.toBe(at(readies, 1).registryId);
    expect(new URL(at(readies, 0).urls.page).origin).toBe(new URL(at(readies, 1).urls.page).origin);
    expect([await greeting(0), await greeting(1)]).toEqual([
      'Hello from the handler',
      'Hello from the handler',
    ]);
    const menu = await (await fetch(at(readies, 0).urls.page)).text();
    expect(menu).toContain(at(readies, 0).registryId);
  });

  it('does not touch one extension for an edit of the other', async () => {
    const session = at(sessions, 0);
    // The first check of types follows the first publish.
    for (const { extension } of readies.slice(0, 2)) {
      const ofIt = (event: { extension?: string }): boolean => event.extension === extension;
      await session.next('step', (event) => ofIt(event) && event.step === 'types' && event.state === 'done');
    }
    const from = session.mark();
    await publish(session, 0, 'Edited one');
    expect(await greeting(1)).toBe('Hello from the handler');
    const builds = session.events
      .slice(from)
      .filter(({ type }) => type === 'change' || type === 'step' || type === 'live');
    expect(builds.length).toBeGreaterThan(0);
    for (const event of builds) expect(event).toMatchObject({ extension: at(readies, 0).extension });
  });

  it('lets a second session share the stack', async () => {
    const second = startSession([at(projects, 2).root], { home: home.home });
    sessions.push(second);
    readies.push(await second.next('ready'));
    expect(await greeting(2)).toBe('Hello from the handler');
    expect(await greeting(0)).toBe('Edited one');
    const { running, sessions: holders, services } = await stackReport(home.home);
    expect(running).toBe(true);
    expect([...holders].sort()).toEqual(sessions.map(({ child }) => child.pid).sort());
    expect(services.map(({ name, state }) => `${name} ${state}`).sort()).toEqual(['database up', 'store up']);
  });

  it('refuses to stop or reset a stack in use, and names who uses it', async () => {
    for (const wish of ['stop', 'reset']) {
      const { code, stderr } = await runAlga(['stack', wish], home.home);
      expect(code).toBe(3);
      expect(stderr).toContain('STACK_IN_USE');
      expect(stderr).toContain(String(at(sessions, 0).child.pid));
      expect(stderr).toContain('alga stack stop --force');
    }
    const { stdout } = await runAlga(['stack', 'stop', '--json'], home.home);
    expect(JSON.parse(stdout)).toMatchObject({ type: 'error', code: 'STACK_IN_USE', at: expect.any(String) });
    expect(await greeting(2)).toBe('Hello from the handler');
  });

  it('keeps one session working when the other is killed', async () => {
    const first = at(sessions, 0);
    await first.leave('SIGKILL');
    await eventually(
      () => stackReport(home.home),
      (report) => expect(report.sessions).toEqual([at(sessions, 1).child.pid]),
    );
    expect(await greeting(2)).toBe('Hello from the handler');
    await publish(at(sessions, 1), 2, 'Still working');
  });

  it('ends the stack after the last session, and keeps its data until a reset', async () => {
    const second = at(sessions, 1);
    const left: Footprint = await footprint(home.home, Number(second.child.pid), at(readies, 2));
    await second.leave();
    await expectNothingLeft(left);
    expect(await stackReport(home.home)).toMatchObject({ running: false, sessions: [], hasData: true });
    const text = await runAlga(['stack', 'status'], home.home);
    expect(text).toMatchObject({ code: 0, stdout: expect.stringContaining('not running') });
    expect(await runAlga(['stack', 'stop'], home.home)).toMatchObject({ code: 0 });
    const reset = await runAlga(['stack', 'reset', '--json'], home.home);
    expect(reset.code).toBe(0);
    expect(JSON.parse(reset.stdout)).toMatchObject({ type: 'stackReset' });
    expect(await stackReport(home.home)).toMatchObject({ running: false, hasData: false });
  });
});
