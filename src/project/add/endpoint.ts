import { algaError } from '../../core/errors/alga-error.js';
import { readTextIfThere, shownPath } from '../files.js';
import { handlerAt } from '../shape/handler.js';
import type { Project } from '../types.js';
import type { Addition } from './edits.js';
import { endpointTest } from './endpoint-test.js';
import { withRoute } from './handler-edit.js';
import { handlerOf } from './host-types.js';
import { manifestEdit, withEndpoint } from './manifest-edit.js';
import { type Route, routeText } from './route.js';

/** An endpoint: declared in the manifest, answered in the handler. */
export async function addEndpoint(project: Project, route: Route): Promise<Addition> {
  const manifest = manifestEdit(project, withEndpoint(project.manifestText, project, route));
  const answer = await addAnswer(project, route);
  const test = await endpointTest(project, route);
  return { edits: [...test.edits, ...answer.edits, manifest], notes: [...answer.notes, ...test.notes] };
}

/** The handler's answer to a route. Throws `ADD_NO_HANDLER` or `ADD_HANDLER_UNCLEAR`. */
export async function addAnswer(project: Project, route: Route): Promise<Addition> {
  const { entry } = handlerOf(project);
  const { definedIn } = await handlerAt(entry, project.root, '');
  const path = shownPath(project.root, definedIn);
  const content = withRoute((await readTextIfThere(definedIn)) ?? '', definedIn, route);
  if (content === undefined) throw algaError('ADD_HANDLER_UNCLEAR', { file: path, route: routeText(route) });
  return {
    edits: [{ path, kind: 'changed', content }],
    notes: [`${path} answers ${routeText(route)}: fill it in.`],
  };
}
