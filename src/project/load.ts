import { algaError } from '../core/errors/alga-error.js';
import { readConfigFile } from './config/file.js';
import { readTextIfThere, shownPath } from './files.js';
import { identityOf } from './identity.js';
import { validateManifest } from './manifest/validate.js';
import type { ProjectOverrides } from './shape/overrides.js';
import { findParts, type ProjectParts } from './shape/parts.js';
import { findRoot } from './shape/root.js';
import { summariseParts } from './shape/summary.js';
import type { Diagnostic, Manifest, Project } from './types.js';

/**
 * Finds and checks the extension project that `dir` belongs to. Nothing of it is run except an
 * `alga.config.ts|js`, and nothing is written. What the configuration says about handler, component
 * and UI is taken before what is found; `overrides` replaces the configuration file.
 *
 * Throws coded errors: `PROJECT_NOT_FOUND`, `PROJECT_UNREADABLE`, `MANIFEST_SYNTAX`,
 * `MANIFEST_INVALID`, `PACKAGE_SYNTAX`, `CONFIG_*`; those about a file carry its position.
 */
export async function loadProject(dir: string, overrides?: ProjectOverrides): Promise<Project> {
  const { root, manifestPath } = await findRoot(dir);
  const manifestText = await readTextIfThere(manifestPath);
  if (manifestText === undefined) {
    throw algaError('PROJECT_UNREADABLE', { file: manifestPath, reason: 'it is gone' });
  }
  const manifestFile = shownPath(root, manifestPath);
  const { manifest, warnings } = validateManifest(manifestText, manifestFile);
  const configFile = overrides === undefined ? await readConfigFile(root) : undefined;
  const parts = await findParts(root, overrides ?? configFile?.config ?? {});
  const { handler, component, componentBuild, ui } = parts;
  return {
    root,
    manifestPath,
    manifestText,
    manifest,
    identity: identityOf(manifest),
    ...(handler === undefined ? {} : { handler }),
    ...(component === undefined ? {} : { prebuiltComponent: component }),
    ...(componentBuild === undefined ? {} : { componentBuild }),
    ...(ui === undefined ? {} : { ui }),
    ...(configFile === undefined ? {} : { configInputs: configFile.inputs }),
    warnings: [...warnings, ...parts.warnings, ...mismatches(manifest, parts, manifestFile)],
    summary: summariseParts(root, parts),
  };
}

/** Where manifest and project tell different things. */
function mismatches(manifest: Manifest, parts: ProjectParts, file: string): Diagnostic[] {
  const warnings: Diagnostic[] = [];
  const hasComponent = parts.handler !== undefined || parts.component !== undefined;
  const endpoints = manifest.api?.endpoints.length ?? 0;
  if (endpoints > 0 && !hasComponent) {
    warnings.push({
      code: 'MANIFEST_ENDPOINT_WITHOUT_HANDLER',
      message:
        'The manifest declares API endpoints, but no handler was found: calls will be answered with an error.',
      hint: 'Add src/handler.ts that exports `handler`, or remove api.endpoints.',
      file,
    });
  }
  if (endpoints === 0 && hasComponent) {
    warnings.push({
      code: 'MANIFEST_HANDLER_WITHOUT_ENDPOINT',
      message:
        'There is a handler, but the manifest declares no API endpoints: every call is answered with 404.',
      hint: 'Run: alga add endpoint GET /api/hello, or list the paths under api.endpoints.',
      file,
    });
  }
  if (manifest.ui !== undefined && parts.ui === undefined) {
    warnings.push({
      code: 'MANIFEST_UI_WITHOUT_PAGE',
      message: 'The manifest declares a UI, but no ui/index.html was found: the iframe will be empty.',
      hint: 'Add ui/index.html, or remove "ui" from the manifest.',
      file,
    });
  }
  if (manifest.ui === undefined && parts.ui !== undefined) {
    warnings.push({
      code: 'MANIFEST_PAGE_WITHOUT_UI',
      message: 'There is a UI, but the manifest does not declare it: no menu entry will lead to it.',
      hint: 'Add "ui": { "type": "iframe", "entry": "ui/index.html", "hooks": { "appMenu": { "label": "…" } } }.',
      file,
    });
  }
  return warnings;
}
