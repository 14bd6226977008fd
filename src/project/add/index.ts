import { loadProject } from '../load.js';
import type { Project } from '../types.js';
import { addCapability } from './capability.js';
import { type Addition, writeEdits } from './edits.js';
import { addEndpoint } from './endpoint.js';
import { checkRoute } from './route.js';
import { addSchedule } from './schedule.js';
import { addUi } from './ui.js';

/** What can be added to a project. */
export type AddRequest =
  | { readonly what: 'endpoint'; readonly method: string; readonly path: string }
  | { readonly what: 'capability'; readonly name: string }
  | { readonly what: 'schedule'; readonly method: string; readonly path: string; readonly cron: string }
  | { readonly what: 'ui'; readonly template: 'ui-static' | 'ui-react' };

export interface AddResult {
  readonly root: string;
  readonly files: readonly { readonly path: string; readonly kind: 'new' | 'changed' }[];
  readonly notes: readonly string[];
  readonly written: boolean;
}

/**
 * Adds something to an existing project: plans every edit first, checks that manifest and handler
 * stay valid, then writes. Throws `ADD_*` and the errors of `loadProject`, and changes nothing then.
 */
export async function addToProject(
  dir: string,
  request: AddRequest,
  options: { dryRun?: boolean } = {},
): Promise<AddResult> {
  const project = await loadProject(dir);
  const { edits, notes } = await planned(project, request);
  const written = options.dryRun !== true;
  if (written) await writeEdits(project.root, edits);
  return { root: project.root, files: edits.map(({ path, kind }) => ({ path, kind })), notes, written };
}

async function planned(project: Project, request: AddRequest): Promise<Addition> {
  switch (request.what) {
    case 'endpoint':
      return await addEndpoint(project, checkRoute(request.method, request.path));
    case 'capability':
      return await addCapability(project, request.name);
    case 'schedule':
      return await addSchedule(project, checkRoute(request.method, request.path), request.cron);
    case 'ui':
      return await addUi(project, request.template);
  }
}
