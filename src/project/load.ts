import { extname, join } from 'node:path';
import { algaError } from '../core/errors/alga-error.js';
import { firstFile, readTextIfThere, shownPath } from './files.js';
import { identityOf } from './identity.js';
import { validateManifest } from './manifest/validate.js';
import { type FoundHandler, findHandler } from './shape/handler.js';
import { readPackage } from './shape/package-file.js';
import { findRoot } from './shape/root.js';
import { type FoundUi, findUi } from './shape/ui.js';
import { type FoundWit, findWit } from './shape/wit.js';
import type { Diagnostic, HandlerShape, Manifest, Project } from './types.js';

interface Found {
  readonly handlerRoot: string;
  readonly handler: FoundHandler | undefined;
  readonly wit: FoundWit | undefined;
  readonly ui: FoundUi | undefined;
  readonly component: string | undefined;
}

/**
 * Finds and checks the extension project that `dir` belongs to. Nothing is run and nothing written.
 * Throws coded errors: `PROJECT_NOT_FOUND`, `MANIFEST_SYNTAX`, `MANIFEST_INVALID`, `PACKAGE_SYNTAX`,
 * `PROJECT_UNREADABLE`; those about a file carry its position.
 */
export async function loadProject(dir: string): Promise<Project> {
  const { root, manifestPath } = await findRoot(dir);
  const manifestText = await readTextIfThere(manifestPath);
  if (manifestText === undefined) {
    throw algaError('PROJECT_UNREADABLE', { file: manifestPath, reason: 'it is gone' });
  }
  const { manifest, warnings } = validateManifest(manifestText, shownPath(root, manifestPath));
  const found = await findParts(root);
  const { handler, ui, component } = found;
  const shape = handlerShape(found);
  return {
    root,
    manifestPath,
    manifestText,
    manifest,
    identity: identityOf(manifest),
    ...(shape === undefined ? {} : { handler: shape }),
    ...(component === undefined ? {} : { prebuiltComponent: component }),
    ...(ui === undefined ? {} : { ui: ui.shape }),
    warnings: [
      ...warnings,
      ...(handler?.warnings ?? []),
      ...(handler === undefined ? [] : (found.wit?.warnings ?? [])),
      ...(ui?.warnings ?? []),
      ...shapeWarnings(manifest, found, shownPath(root, manifestPath)),
    ],
    summary: summarise(root, found),
  };
}

async function findParts(root: string): Promise<Found> {
  const pkg = await readPackage(root);
  const ui = await findUi(root, pkg);
  let handlerRoot = root;
  let handler = await findHandler(root, pkg);
  const inner = join(root, 'component');
  const innerPackage = await readPackage(inner);
  if (innerPackage !== undefined && (handler === undefined || handler.entry.startsWith(inner))) {
    handlerRoot = inner;
    handler = (await findHandler(inner, innerPackage)) ?? handler;
  }
  const wit = (await findWit(handlerRoot, root)) ?? (await findWit(root, root));
  const component =
    handler === undefined
      ? await firstFile(['dist/main.wasm', 'dist/component.wasm'].map((name) => join(root, name)))
      : undefined;
  return { handlerRoot, handler, wit, ui, component };
}

function handlerShape({ handler, handlerRoot, wit }: Found): HandlerShape | undefined {
  if (handler === undefined) return undefined;
  const usable = wit !== undefined && wit.refused === undefined;
  return {
    entry: handler.entry,
    root: handlerRoot,
    ...(usable ? { witPath: wit.path } : {}),
    why: handler.why,
  };
}

function shapeWarnings(manifest: Manifest, found: Found, file: string): Diagnostic[] {
  const warnings: Diagnostic[] = [];
  const hasComponent = found.handler !== undefined || found.component !== undefined;
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
        'There is a handler, but the manifest declares no API endpoints: it can be called, but not scheduled.',
      hint: 'List its paths under api.endpoints.',
      file,
    });
  }
  if (manifest.ui !== undefined && found.ui === undefined) {
    warnings.push({
      code: 'MANIFEST_UI_WITHOUT_PAGE',
      message: 'The manifest declares a UI, but no ui/index.html was found: the iframe will be empty.',
      hint: 'Add ui/index.html, or remove "ui" from the manifest.',
      file,
    });
  }
  if (manifest.ui === undefined && found.ui !== undefined) {
    warnings.push({
      code: 'MANIFEST_PAGE_WITHOUT_UI',
      message: 'There is a UI, but the manifest does not declare it: no menu entry will lead to it.',
      hint: 'Add "ui": { "type": "iframe", "entry": "ui/index.html", "hooks": { "appMenu": { "label": "…" } } }.',
      file,
    });
  }
  return warnings;
}

function summarise(root: string, { handler, wit, ui, component }: Found): string {
  const parts: string[] = [];
  if (handler !== undefined) {
    const language = /\.[cm]?tsx?$/.test(extname(handler.entry)) ? 'TypeScript' : 'JavaScript';
    const witText =
      wit === undefined
        ? 'built-in WIT'
        : wit.refused === undefined
          ? shownPath(root, wit.path)
          : 'built-in WIT in place of an outdated one';
    parts.push(`${language} handler ${shownPath(root, handler.entry)} (${witText})`);
  } else if (component !== undefined) parts.push(`ready component ${shownPath(root, component)}`);
  else parts.push('no handler');
  if (ui === undefined) parts.push('no UI');
  else {
    const how = { static: 'plain files', vite: 'built by Vite', prebuilt: 'built by the project' }[
      ui.shape.kind
    ];
    parts.push(`UI ${shownPath(root, ui.shape.root)}/ (${how})`);
  }
  return parts.join(', ');
}
