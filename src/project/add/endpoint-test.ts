import { join } from 'node:path';
import { packageRoot } from '../../core/entry.js';
import { isFile, readTextIfThere } from '../files.js';
import { readPackage } from '../shape/package-file.js';
import type { Project } from '../types.js';
import type { Addition, FileEdit } from './edits.js';
import { handlerOf } from './host-types.js';
import { type Route, routeText } from './route.js';

const TYPES = 'test/alga-testing.d.ts';

/** A test of a new endpoint, in projects that have vitest; nothing for methods the gateway does not pass on. */
export async function endpointTest(project: Project, route: Route): Promise<Addition> {
  const { entry } = handlerOf(project);
  if (!(await declaresVitest(project.root)) || route.method === 'HEAD' || route.method === 'OPTIONS')
    return { edits: [], notes: [] };
  const typescript = /\.[cm]?tsx?$/.test(entry);
  const path = `test/${testName(route)}.test.${typescript ? 'ts' : 'js'}`;
  if (await isFile(join(project.root, path))) return { edits: [], notes: [] };
  const test: FileEdit = { path, kind: 'new', content: testModule(route, typescript) };
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

function testModule(route: Route, typescript: boolean): string {
  const path = route.path.replace(/:\w+/g, '1');
  const body = route.method === 'GET' || route.method === 'DELETE' ? '' : ', { body: {} }';
  return `import { startExtension${typescript ? ', type TestExtension' : ''} } from 'alga/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';

let extension${typescript ? ': TestExtension' : ''};

beforeAll(async () => {
  extension = await startExtension();
});
afterAll(() => extension.stop());

it('answers ${routeText(route)}', async () => {
  const answer = await extension.call('${route.method}', '${path}'${body});
  expect(answer.status).toBe(200);
});
`;
}
