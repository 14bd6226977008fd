import { join } from 'node:path';
import { algaError } from '../../core/errors/alga-error.js';
import { isFile, shownPath } from '../files.js';
import type { Project } from '../types.js';
import type { Addition } from './edits.js';
import { addAnswer } from './endpoint.js';
import { endpointTest } from './endpoint-test.js';
import { handlerOf, hostTypesEdit } from './host-types.js';
import { manifestEdit, withCapability, withEndpoint } from './manifest-edit.js';
import { capital, type Route, routeText } from './route.js';

const CAPABILITY = 'cap:scheduler.manage';
/** Five fields of the characters that the product's scheduler takes. */
const CRON = /^(?:[0-9*,/-]+\s+){4}[0-9*,/-]+$/;

/**
 * Work that is done at set times: an endpoint that can be scheduled (a path without parameters), the
 * capability, and a function that makes the schedule.
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
  const declared = withEndpoint(project.manifestText, project, route);
  const manifest = manifestEdit(project, withCapability(declared, project, CAPABILITY));
  const answer = await addAnswer(project, route);
  const test = await endpointTest(project, route);
  const { entry, root } = handlerOf(project);
  const typescript = /\.[cm]?tsx?$/.test(entry);
  const name = scheduleName(route);
  const file = join(root, 'src', `${name.file}.${typescript ? 'ts' : 'js'}`);
  const path = shownPath(project.root, file);
  if (await isFile(file)) throw algaError('ADD_EXISTS', { what: path, file: path });
  const content = scheduleModule(route, cron.trim(), name.function, typescript);
  return {
    edits: [
      ...(await hostTypesEdit(project)),
      { path, kind: 'new', content },
      ...test.edits,
      ...answer.edits,
      manifest,
    ],
    notes: [
      ...answer.notes,
      ...test.notes,
      `Call ${name.function}() of ${path} once, in an answer to an administrator: a component has no start of its own.`,
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
