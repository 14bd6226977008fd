import { join } from 'node:path';
import { packageRoot } from '../../core/entry.js';
import { algaError } from '../../core/errors/alga-error.js';
import { namesIn, readTextIfThere, shownPath } from '../files.js';
import type { HandlerShape, Project } from '../types.js';
import type { FileEdit } from './edits.js';

/** Types of the host interfaces, as every template with a handler carries them. */
const TYPES = 'alga-extension.d.ts';

/** Adds the types of the host interfaces to a TypeScript project that has none. */
export async function hostTypesEdit(project: Project): Promise<FileEdit[]> {
  const handler = handlerOf(project);
  if (!/\.[cm]?tsx?$/.test(handler.entry)) return [];
  const folder = join(handler.root, 'src');
  for (const dir of [handler.root, folder, join(handler.root, 'types')]) {
    for (const name of (await namesIn(dir)).filter((candidate) => candidate.endsWith('.d.ts'))) {
      const text = await readTextIfThere(join(dir, name));
      if (text?.includes("declare module 'alga:extension/")) return [];
    }
  }
  const content = await readTextIfThere(join(packageRoot(), 'templates/component/src', TYPES));
  if (content === undefined) return [];
  return [{ path: shownPath(project.root, join(folder, TYPES)), kind: 'new', content }];
}

/** The project's handler. Throws `ADD_NO_HANDLER`. */
export function handlerOf(project: Project): HandlerShape {
  if (project.handler === undefined) throw algaError('ADD_NO_HANDLER', { root: project.root });
  return project.handler;
}
