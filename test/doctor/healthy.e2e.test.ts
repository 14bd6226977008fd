import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { examine, type Report } from '../../src/doctor/index.js';
import { SHAPES, type ShapeCopies, shapeCopies } from '../project/shapes.js';
import { type ScratchProject, scratchProject } from '../support/scratch.js';
import { type RunningSession, startSession, temporaryHome } from '../support/session.js';
import { cleanEnv } from './support.js';

const TEMPLATES = ['component', 'full', 'ui-react', 'ui-static'];

/** What is really wrong with a fixture, and meant to be. */
const MEANT: Readonly<Record<string, readonly string[]>> = {
  'outdated-wit': ['project.manifest', 'project.wit'],
};

/** No false alarm: every template and every shape of project, in a session that works. */
describe('a healthy session', () => {
  let home: Awaited<ReturnType<typeof temporaryHome>>;
  let copies: ShapeCopies;
  let session: RunningSession;
  const roots = new Map<string, string>();
  const scratch: ScratchProject[] = [];

  beforeAll(async () => {
    home = await temporaryHome();
    copies = await shapeCopies();
    for (const template of TEMPLATES) {
      const project = await scratchProject(template, `healthy-${template}`);
      scratch.push(project);
      roots.set(`template ${template}`, project.root);
    }
    for (const shape of SHAPES) roots.set(shape.name, await copies.copy(shape));
    session = startSession([...roots.values()], { home: home.home });
    const live = new Set<string>();
    while (live.size < roots.size) {
      const { extension } = await session.next(
        'live',
        (event) => event.lane === 'published' && !live.has(event.extension),
      );
      live.add(extension);
    }
  }, 180_000);
  afterAll(async () => {
    await session?.leave();
    for (const project of scratch) await project.remove();
    await copies?.remove();
    await home?.remove();
  });

  const examineOf = (name: string): Promise<Report> =>
    examine({ projectRoot: roots.get(name) ?? '', env: cleanEnv(home.home) });
  const expectMeant = (name: string, { findings }: Report): void => {
    const meant = MEANT[name] ?? [];
    const found = findings.map(({ check, seen }) => `${check}: ${seen}`);
    expect(found.filter((line) => !meant.some((check) => line.startsWith(`${check}:`)))).toEqual([]);
    expect(new Set(findings.map(({ check }) => check))).toEqual(new Set(meant));
  };

  it.each([...TEMPLATES.map((name) => `template ${name}`), ...SHAPES.map(({ name }) => name)])(
    '%s: nothing is found',
    async (name) => {
      const report = await examineOf(name);
      expectMeant(name, report);
      expect(report.unknown).toEqual([]);
      const looked = report.checks.filter(({ outcome }) => outcome !== 'idle').map(({ group }) => group);
      expect(new Set(looked)).toEqual(new Set(['machine', 'project', 'store', 'registry', 'runner', 'host']));
    },
  );

  it('nothing is found when nothing runs any more', async () => {
    await session.leave();
    for (const name of roots.keys()) expectMeant(name, await examineOf(name));
  });
});
