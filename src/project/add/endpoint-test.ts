import { join } from 'node:path';
import { packageRoot } from '../../core/entry.js';
import { isFile, readTextIfThere } from '../files.js';
import { readPackage } from '../shape/package-file.js';
import type { Project } from '../types.js';
import type { Addition, FileEdit } from './edits.js';
import { handlerOf } from './host-types.js';
import { type Route, routeText } from './route.js';

const TYPES = 'test/alga-testing.d.ts';

/** A test to be written beside the others. */
export interface TestPlan {
  /** File name without endings. */
  readonly name: string;
  /** What the test says of the extension. */
  readonly title: string;
  /** Its statements; `extension` is the running component. */
  readonly lines: readonly string[];
}

/** A test of a new endpoint; nothing for methods the gateway does not pass on. */
export async function endpointTest(project: Project, route: Route): Promise<Addition> {
  if (route.method === 'HEAD' || route.method === 'OPTIONS') return { edits: [], notes: [] };
  const path = route.path.replace(/:\w+/g, '1');
  const body = route.method === 'GET' || route.method === 'DELETE' ? '' : ', { body: {} }';
  return plannedTest(project, {
    name: testName(route),
    title: `answers ${routeText(route)}`,
    lines: [
      `const answer = await extension.call('${route.method}', '${path}'${body});`,
      'expect(answer.status).toBe(200);',
    ],
  });
}

/** A test of the handler, in projects that have vitest and none of that name. */
export async function plannedTest(project: Project, plan: TestPlan): Promise<Addition> {
  const { entry } = handlerOf(project);
  if (!(await declaresVitest(project.root))) return { edits: [], notes: [] };
  const typescript = /\.[cm]?tsx?$/.test(entry);
  const path = `test/${plan.name}.test.${typescript ? 'ts' : 'js'}`;
  if (await isFile(join(project.root, path))) return { edits: [], notes: [] };
  const test: FileEdit = { path, kind: 'new', content: testModule(plan, typescript) };
  const types = typescript ? await typesEdit(project) : [];
  return { edits: [...types, test], notes: [`${path} calls it: alga test`] };
}

/** Whether the project's tests can be run by `alga test`. */
export async function declaresVitest(root: string): Promise<boolean> {
  return 'vitest' in ((await readPackage(root))?.dependencies ?? {});
}

/** The types of `alga/testing`, where neither the project nor an installed package has them. */
async function typesEdit(project: Project): Promise<FileEdit[]> {
  const installed = join(project.root, 'node_modules/alga/package.json');
  if ((await isFile(join(project.root, TYPES))) || (await isFile(installed))) return [];
  const content = await readTextIfThere(join(packageRoot(), 'templates/component', TYPES));
  return content === undefined ? [] : [{ path: TYPES, kind: 'new', content }];
}

function testName({ method, path }: Route): string {
  const words = path.split(/[^A-Za-z0-9]+/).filter((word) => word !== '' && word !== 'api');
  return [method, ...(words.length === 0 ? ['root'] : words)].join('-').toLowerCase();
}

function testModule({ title, lines }: TestPlan, typescript: boolean): string {
  return `import { startExtension${typescript ? ', type TestExtension' : ''} } from 'alga/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';

let extension${typescript ? ': TestExtension' : ''};

beforeAll(async () => {
  extension = await startExtension();
});
afterAll(() => extension.stop());

it('${title}', async () => {
${lines.map((line) => `  ${line}`).join('\n')}
});
`;
}
