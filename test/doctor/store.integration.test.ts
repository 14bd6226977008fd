import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReadyEvent } from '../../src/dev/events.js';
import { examine } from '../../src/doctor/index.js';
import { program } from '../support/programs.js';
import { type ScratchProject, scratchProject } from '../support/scratch.js';
import { type RunningSession, runAlga, startSession, temporaryHome } from '../support/session.js';
import { openStoreProgram, restartStore, type StoreProgram } from './faults/store-program.js';
import { cleanEnv, found } from './support.js';

const HANDLER = 'src/handler.ts';
const BUILTIN = { ALGA_OBJECT_STORE: 'builtin' };

/** The store's own process comes up with another key, or in another time; nothing is changed on the doctor's side. */
describe.skipIf(!program('faketime'))('an object store that is not what the stack takes it for', () => {
  let home: Awaited<ReturnType<typeof temporaryHome>>;
  let project: ScratchProject;
  let node: StoreProgram;
  let session: RunningSession;
  let ready: ReadyEvent;
  let greeting = 'Hello';

  beforeAll(async () => {
    home = await temporaryHome();
    project = await scratchProject('component', 'stored');
    node = await openStoreProgram(program('faketime') ?? '');
    await open();
  });
  afterAll(async () => {
    await session?.leave();
    await node?.remove();
    await project?.remove();
    await home?.remove();
  });

  const open = async (): Promise<void> => {
    session = await node.with(() => startSession([project.root], { home: home.home, env: BUILTIN }));
    ready = await session.next('ready');
    await session.next('live', ({ lane }) => lane === 'published');
  };
  const env = () => ({ ...cleanEnv(home.home), ...BUILTIN });
  const look = () => found(project.root, env());
  const finding = async () => (await examine({ projectRoot: project.root, env: env() })).findings[0];
  const call = async () => {
    const answer = await fetch(`${ready.urls.gateway}/api/hello`);
    return { status: answer.status, body: await answer.text() };
  };
  /** Something new is stored, fetched by the runner and called. */
  const expectWorking = async (): Promise<void> => {
    const [from, next] = [session.mark(), `${greeting}!`];
    await project.edit(HANDLER, greeting, next);
    greeting = next;
    await session.next('live', ({ lane }) => lane === 'published', from);
    expect(await call()).toMatchObject({ status: 200, body: expect.stringContaining(next) });
  };

  it('store.credentials: the key of the store is another one, until the stack is started anew', async () => {
    expect(await look()).toEqual([]);
    await node.changeKey();
    await restartStore(env());
    expect(await look()).toEqual(['store.credentials']);
    const { seen, fix } = (await finding()) ?? {};
    expect(seen).toMatch(/^it refuses them: .*signature/i);
    const [alga, ...args] = fix?.command.split(' ') ?? [];
    expect(alga).toBe('alga');
    expect(await runAlga(args, home.home)).toMatchObject({ code: 0 });
    await session.next('error', ({ code }) => code === 'STACK_STOPPED');
    await session.leave();
    await open();
    expect(await look()).toEqual([]);
    await expectWorking();
  });

  it('store.clock: the clock of the store is an hour ahead, an hour behind, and set', async () => {
    await node.setClock(3_600);
    await restartStore(env());
    expect(await look()).toEqual(['store.clock']);
    expect(await finding()).toMatchObject({ fix: { command: 'sudo timedatectl set-ntp true' } });
    await node.setClock(-3_600);
    expect(await look()).toEqual(['store.clock']);
    await node.setClock(0);
    expect(await look()).toEqual([]);
    await expectWorking();
  });
});
