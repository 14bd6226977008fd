import { algaError } from '../../core/errors/alga-error.js';
import {
  isKnownCapability,
  KNOWN_CAPABILITIES,
  normalCapability,
  suggestCapability,
} from '../capabilities.js';
import { shownPath } from '../files.js';
import type { Project } from '../types.js';
import type { Addition } from './edits.js';
import { hostTypesEdit } from './host-types.js';
import { manifestEdit, withCapability } from './manifest-edit.js';

/** A capability: declared in the manifest, with the types of the host interfaces when they are missing. */
export async function addCapability(project: Project, typed: string): Promise<Addition> {
  const name = isKnownCapability(typed) ? normalCapability(typed) : suggestCapability(typed);
  if (name === undefined) {
    const expected = KNOWN_CAPABILITIES.map((known) => known.name).join(', ');
    throw algaError('ADD_ARGUMENT', { what: 'The capability', value: typed, expected });
  }
  if (project.manifest.capabilities.includes(name)) {
    throw algaError('ADD_EXISTS', { what: name, file: shownPath(project.root, project.manifestPath) });
  }
  const manifest = manifestEdit(project, withCapability(project.manifestText, project, name));
  const types = project.handler === undefined ? [] : await hostTypesEdit(project);
  return { edits: [...types, manifest], notes: [usage(name)] };
}

function usage(name: string): string {
  const interfaces = KNOWN_CAPABILITIES.find((known) => known.name === name)?.interfaces ?? [];
  return `The handler may now import from ${interfaces.map((each) => `alga:extension/${each}`).join(' and ')}.`;
}
