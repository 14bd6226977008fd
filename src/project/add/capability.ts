import { AlgaError, algaError } from '../../core/errors/alga-error.js';
import {
  isKnownCapability,
  KNOWN_CAPABILITIES,
  normalCapability,
  suggestCapability,
} from '../capabilities.js';
import { isFile, shownPath } from '../files.js';
import type { Project } from '../types.js';
import { CAPABILITY_USES, type CapabilityUse, moduleText } from './capability-use.js';
import type { Addition } from './edits.js';
import { addAnswers } from './endpoint.js';
import { plannedTest } from './endpoint-test.js';
import { hostTypesEdit } from './host-types.js';
import { manifestEdit, withCapability, withEndpoint } from './manifest-edit.js';
import { checkRoute, type Route, routeText } from './route.js';
import { siblingOfHandler } from './sibling.js';

/**
 * A capability: declared in the manifest and, where there is a handler, put to a small use: a module, an
 * endpoint that calls it, and a test. Where the author has something of that name already, or the handler is
 * written in a way that cannot be edited safely, it is only declared.
 */
export async function addCapability(project: Project, typed: string): Promise<Addition> {
  const name = isKnownCapability(typed) ? normalCapability(typed) : suggestCapability(typed);
  if (name === undefined) {
    const expected = KNOWN_CAPABILITIES.map((known) => known.name).join(', ');
    throw algaError('ADD_ARGUMENT', { what: 'The capability', value: typed, expected });
  }
  if (project.manifest.capabilities.includes(name)) {
    throw algaError('ADD_EXISTS', { what: name, file: shownPath(project.root, project.manifestPath) });
  }
  const declared = withCapability(project.manifestText, project, name);
  const use = CAPABILITY_USES[name];
  if (project.handler === undefined || use === undefined) return onlyDeclared(project, declared, name);
  const route = checkRoute(use.method, `/api/${use.name}`);
  const known = project.manifest.api?.endpoints.some(({ path }) => path === route.path) ?? false;
  const { file } = await siblingOfHandler(project, use.name);
  if (known || (await isFile(file))) return onlyDeclared(project, declared, name);
  return used(project, declared, use, route).catch((error: unknown) => {
    if (!(error instanceof AlgaError) || error.code !== 'ADD_HANDLER_UNCLEAR') throw error;
    return onlyDeclared(project, declared, name);
  });
}

async function onlyDeclared(project: Project, declared: string, name: string): Promise<Addition> {
  const types = project.handler === undefined ? [] : await hostTypesEdit(project);
  const interfaces = KNOWN_CAPABILITIES.find((known) => known.name === name)?.interfaces ?? [];
  const from = interfaces.map((each) => `alga:extension/${each}`).join(' and ');
  const note =
    project.handler === undefined ? 'There is no handler that could use it.' : `Import from ${from}.`;
  return { edits: [...types, manifestEdit(project, declared)], notes: [note] };
}

async function used(project: Project, declared: string, use: CapabilityUse, route: Route): Promise<Addition> {
  const manifest = manifestEdit(project, withEndpoint(declared, project, route));
  const { file, typescript, specifier } = await siblingOfHandler(project, use.name);
  const { calls, key, takesRequest = false } = use;
  const answer = await addAnswers(project, [
    { route, use: { name: calls, from: specifier, takesRequest, key } },
  ]);
  const plan = { name: use.name, title: `answers ${routeText(route)}`, lines: use.test };
  const test = await plannedTest(project, plan);
  const path = shownPath(project.root, file);
  const made = { path, kind: 'new' as const, content: moduleText(use, typescript) };
  const notes = [`${routeText(route)} shows its use: ${path}.`, ...test.notes];
  return {
    edits: [...(await hostTypesEdit(project)), made, ...test.edits, answer.edit, manifest],
    notes: use.note === undefined ? notes : [...notes, use.note],
  };
}
