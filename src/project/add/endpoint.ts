import { algaError } from '../../core/errors/alga-error.js';
import { readTextIfThere, shownPath } from '../files.js';
import { handlerAt } from '../shape/handler.js';
import type { Project } from '../types.js';
import type { Addition } from './edits.js';
import { endpointTest } from './endpoint-test.js';
import { type ModuleUse, withRoute } from './handler-edit.js';
import { handlerOf } from './host-types.js';
import { manifestEdit, withEndpoint } from './manifest-edit.js';
import { type Route, routeText } from './route.js';

/** An endpoint: declared in the manifest, answered in the handler. */
export async function addEndpoint(project: Project, route: Route): Promise<Addition> {
  const manifest = manifestEdit(project, withEndpoint(project.manifestText, project, route));
  const answer = await addAnswers(project, [{ route }]);
  const test = await endpointTest(project, route);
  const fill = `${answer.path} answers ${routeText(route)}: fill it in.`;
  return { edits: [...test.edits, answer.edit, manifest], notes: [fill, ...test.notes] };
}

/** A route and, when another module knows the answer, that module's function. */
export interface Answer {
  readonly route: Route;
  readonly use?: ModuleUse;
}

/** The handler's answers to routes. Throws `ADD_NO_HANDLER` or `ADD_HANDLER_UNCLEAR`. */
export async function addAnswers(project: Project, answers: readonly Answer[]) {
  const definedIn = await handlerModule(project);
  const path = shownPath(project.root, definedIn);
  let content = (await readTextIfThere(definedIn)) ?? '';
  for (const { route, use } of answers) {
    const edited = withRoute(content, definedIn, route, use);
    if (edited === undefined) throw algaError('ADD_HANDLER_UNCLEAR', { file: path, route: routeText(route) });
    content = edited;
  }
  return { path, edit: { path, kind: 'changed' as const, content } };
}

/** The module in which the handler's function stands. Throws `ADD_NO_HANDLER`. */
export async function handlerModule(project: Project): Promise<string> {
  return (await handlerAt(handlerOf(project).entry, project.root, '')).definedIn;
}
