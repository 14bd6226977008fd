import { algaError } from '../../core/errors/alga-error.js';
import { shownPath } from '../files.js';
import { validateManifest } from '../manifest/validate.js';
import type { Project } from '../types.js';
import type { FileEdit } from './edits.js';
import { withItem, withProperty } from './json-edit.js';
import { type Route, routeText } from './route.js';

/** The manifest's text with an endpoint more. Throws `ADD_EXISTS`. */
export function withEndpoint(text: string, project: Project, route: Route): string {
  const file = shownPath(project.root, project.manifestPath);
  const known = validateManifest(text, file).manifest.api?.endpoints;
  if (known?.some(({ method, path }) => method === route.method && path === route.path)) {
    throw algaError('ADD_EXISTS', { what: `The endpoint ${routeText(route)}`, file });
  }
  const endpoint = { method: route.method, path: route.path, handler: 'dist/main' };
  if (known !== undefined) return withItem(text, '/api/endpoints', endpoint);
  return withProperty(text, '', 'api', { endpoints: [endpoint] });
}

/** The manifest's text with a capability more; unchanged when it is declared. */
export function withCapability(text: string, project: Project, capability: string): string {
  if (project.manifest.capabilities.includes(capability)) return text;
  const declared = validateManifest(text, 'manifest.json').manifest.capabilities;
  if (declared.length > 0 || /"capabilities"/.test(text)) return withItem(text, '/capabilities', capability);
  return withProperty(text, '', 'capabilities', [capability]);
}

/** The edit of a manifest, which must still be valid. */
export function manifestEdit(project: Project, content: string): FileEdit {
  const path = shownPath(project.root, project.manifestPath);
  validateManifest(content, path);
  return { path, kind: 'changed', content };
}
