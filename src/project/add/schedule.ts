import { algaError } from '../../core/errors/alga-error.js';
import { isFile, shownPath } from '../files.js';
import type { Project } from '../types.js';
import type { Addition, FileEdit } from './edits.js';
import { addAnswers } from './endpoint.js';
import { endpointTest, plannedTest, type TestPlan } from './endpoint-test.js';
import { hostTypesEdit } from './host-types.js';
import { manifestEdit, withCapability, withEndpoint } from './manifest-edit.js';
import { capital, checkRoute, type Route, routeText } from './route.js';
import { siblingOfHandler } from './sibling.js';

const CAPABILITY = 'cap:scheduler.manage';
/** Five fields of the characters that the product's scheduler takes. */
const CRON = /^(?:[0-9*,/-]+\s+){4}[0-9*,/-]+$/;

/**
 * Work that is done at set times: an endpoint that can be scheduled (a path without parameters), the
 * capability, a function that makes the schedule, and a second endpoint that calls it.
 */
export async function addSchedule(project: Project, route: Route, cron: string): Promise<Addition> {
  if (!CRON.test(cron.trim())) {
    throw algaError('ADD_ARGUMENT', {
      what: 'The schedule',
      value: cron,
      expected: 'five cron fields like "0 3 * * *"',
    });
  }
  if (!/^(?:GET|POST)$/.test(route.method) || route.path.includes(':')) {
    const expected = 'GET or POST and a path without parameters, which is all the product can schedule';
    throw algaError('ADD_ARGUMENT', { what: 'The endpoint', value: routeText(route), expected });
  }
  const makes = checkRoute('POST', `${route.path}/schedule`);
  const name = scheduleName(route);
  const { file, typescript, specifier } = await siblingOfHandler(project, name.file);
  const path = shownPath(project.root, file);
  if (await isFile(file)) throw algaError('ADD_EXISTS', { what: path, file: path });
  const answer = await addAnswers(project, [
    { route },
    { route: makes, use: { name: name.function, from: specifier, takesRequest: false, key: 'scheduleId' } },
  ]);
  const work = await endpointTest(project, route);
  const test = await plannedTest(project, scheduleTest(route, makes, cron.trim(), name.file));
  const content = scheduleModule(route, cron.trim(), name.function, typescript);
  return {
    edits: [
      ...(await hostTypesEdit(project)),
      { path, kind: 'new', content },
      ...work.edits,
      ...test.edits.filter((edit) => !work.edits.some((made) => made.path === edit.path)),
      answer.edit,
      scheduleManifest(project, [route, makes]),
    ],
    notes: [
      `${answer.path} does the work in its answer to ${routeText(route)}: fill it in.`,
      ...work.notes,
      `${routeText(makes)} makes the schedule (a component has no start of its own): call it once, from your page or with alga call.`,
      ...test.notes,
    ],
  };
}

function scheduleManifest(project: Project, [work, makes]: readonly [Route, Route]): FileEdit {
  const declared = withEndpoint(withEndpoint(project.manifestText, project, work), project, makes);
  return manifestEdit(project, withCapability(declared, project, CAPABILITY));
}

function scheduleTest(work: Route, makes: Route, cron: string, name: string): TestPlan {
  return {
    name,
    title: `makes the schedule of ${routeText(work)} once`,
    lines: [
      'for (let time = 0; time < 2; time++) {',
      `  const answer = await extension.call('${makes.method}', '${makes.path}');`,
      '  expect(answer.json()).toEqual({ scheduleId: extension.host.schedules[0]?.id });',
      '}',
      `expect(extension.host.schedules).toMatchObject([{ endpointPath: '${work.path}', cron: '${cron}' }]);`,
      'expect(extension.host.schedules).toHaveLength(1);',
    ],
  };
}

function scheduleName({ path }: Route): { file: string; function: string } {
  const words = path.split(/[^A-Za-z0-9]+/).filter((word) => word !== '' && word !== 'api');
  const used = words.length === 0 ? ['root'] : words;
  return {
    file: `${used.join('-').toLowerCase()}-schedule`,
    function: `ensure${used.map(capital).join('')}Schedule`,
  };
}

function scheduleModule(route: Route, cron: string, name: string, typescript: boolean): string {
  return `import { createSchedule, listSchedules } from 'alga:extension/scheduler';

/** Makes the schedule of ${routeText(route)}, unless it is there. Gives its id; undefined when it was refused. */
export function ${name}()${typescript ? ': string | undefined' : ''} {
  const known = listSchedules().find((schedule) => schedule.endpointPath === '${route.path}');
  if (known !== undefined) return known.id;
  const made = createSchedule({ endpoint: '${routeText(route)}', cron: '${cron}', timezone: 'UTC', enabled: true });
  return made.success ? made.scheduleId : undefined;
}
`;
}
