import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReadyEvent } from '../../src/dev/events.js';
import { examine } from '../../src/doctor/index.js';
import { type ScratchProject, scratchProject } from '../support/scratch.js';
import { type RunningSession, startSession, temporaryHome } from '../support/session.js';
import { type ComponentName, strangeComponent } from './faults/components.js';
import { cleanEnv, found } from './support.js';

/** Stands for any compiler: what it makes was made before. */
const BUILD =
  "import { cpSync, mkdirSync } from 'node:fs'; mkdirSync('dist', { recursive: true }); cpSync('guest/main.wasm', 'dist/main.wasm');";
const CONFIG = { component: { build: 'node build.mjs', watch: ['guest'] } };

const FAULTS: readonly { component: ComponentName; check: string; seen: RegExp }[] = [
  { component: 'another-world', check: 'project.component', seen: /it exports run/ },
  { component: 'missing-import', check: 'project.component', seen: /it imports alga:extension\/teleport/ },
  { component: 'missing-function', check: 'runner.component', seen: /log-loud/ },
  { component: 'another-handler', check: 'runner.component', seen: /another "handler"/ },
  { component: 'trap-at-start', check: 'runner.component', seen: /unreachable/ },
];

/** A project whose own build makes components in some other language: alga takes what it makes. */
describe('components that the runner cannot start, published', () => {
  let home: Awaited<ReturnType<typeof temporaryHome>>;
  let project: ScratchProject;
  let session: RunningSession;
  let ready: ReadyEvent;
  let good: Uint8Array;

  beforeAll(async () => {
    home = await temporaryHome();
    project = await scratchProject('component', 'foreign');
    good = await strangeComponent('good');
    await mkdir(join(project.root, 'guest'));
    await writeFile(join(project.root, 'guest/main.wasm'), good);
    await project.write('build.mjs', BUILD);
    await project.write('alga.config.json', JSON.stringify(CONFIG));
    session = startSession([project.root], { home: home.home });
    ready = await session.next('ready');
    await session.next('live', ({ lane }) => lane === 'published');
  });
  afterAll(async () => {
    await session?.leave();
    await project?.remove();
    await home?.remove();
  });

  const publish = async (component: Uint8Array): Promise<void> => {
    const from = session.mark();
    await writeFile(join(project.root, 'guest/main.wasm'), component);
    await session.next('live', ({ lane }) => lane === 'published', from);
  };
  const look = () => found(project.root, cleanEnv(home.home));
  const call = async () => (await fetch(`${ready.urls.gateway}/api/hello`)).status;

  it.each(FAULTS)('$check: $component', async ({ component, check, seen }) => {
    await publish(await strangeComponent(component));
    expect(await look()).toEqual([check]);
    const { findings } = await examine({
      projectRoot: project.root,
      env: cleanEnv(home.home),
      only: [check],
    });
    expect(findings[0]?.seen).toMatch(seen);
    expect(await call()).toBeGreaterThanOrEqual(500);
    await publish(good);
    expect(await look()).toEqual([]);
    expect(await call()).toBe(204);
  });
});
