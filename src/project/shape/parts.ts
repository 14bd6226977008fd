import { dirname, join } from 'node:path';
import { firstFile } from '../files.js';
import type { BuildCommand, Diagnostic, HandlerShape, UiShape } from '../types.js';
import { type FoundHandler, findHandler, handlerAt } from './handler.js';
import {
  configuredComponent,
  configuredUi,
  namedFile,
  type ProjectOverrides,
  packageFolder,
} from './overrides.js';
import { readPackage } from './package-file.js';
import { type FoundUi, findUi } from './ui.js';
import { findWit } from './wit.js';

/** What a project consists of, found or named by its configuration. */
export interface ProjectParts {
  readonly handler?: HandlerShape;
  /** Path of a WIT file that is there but cannot be used. */
  readonly refusedWit?: string;
  readonly component?: string;
  readonly componentBuild?: BuildCommand;
  readonly ui?: UiShape;
  readonly warnings: readonly Diagnostic[];
}

/** Finds handler, component and UI of a project; what `overrides` names is taken instead. */
export async function findParts(root: string, overrides: ProjectOverrides): Promise<ProjectParts> {
  const ui = await uiPart(root, overrides.ui);
  const handler = await handlerPart(root, overrides);
  return {
    ...handler,
    ...(ui === undefined ? {} : { ui: ui.shape }),
    warnings: [...handler.warnings, ...(ui?.warnings ?? [])],
  };
}

async function handlerPart(
  root: string,
  { component, handler: named }: ProjectOverrides,
): Promise<ProjectParts> {
  if (component !== undefined) {
    const { output, build } = configuredComponent(root, component);
    return { component: output, componentBuild: build, warnings: [] };
  }
  const found =
    named?.entry === undefined
      ? await searchHandler(root)
      : await handlerNamed(root, await namedFile(root, 'handler.entry', named.entry));
  if (found === undefined) {
    const ready = await firstFile(['dist/main.wasm', 'dist/component.wasm'].map((name) => join(root, name)));
    return { ...(ready === undefined ? {} : { component: ready }), warnings: [] };
  }
  const { handler, handlerRoot } = found;
  const shape = { entry: handler.entry, root: handlerRoot, why: handler.why };
  if (named?.wit !== undefined) {
    const witPath = await namedFile(root, 'handler.wit', named.wit);
    return { handler: { ...shape, witPath }, warnings: handler.warnings };
  }
  const wit = (await findWit(handlerRoot, root)) ?? (await findWit(root, root));
  const warnings = [...handler.warnings, ...(wit?.warnings ?? [])];
  if (wit === undefined) return { handler: shape, warnings };
  if (wit.refused !== undefined) return { handler: shape, refusedWit: wit.path, warnings };
  return { handler: { ...shape, witPath: wit.path }, warnings };
}

interface PlacedHandler {
  readonly handler: FoundHandler;
  readonly handlerRoot: string;
}

/** The handler of the project, or of its inner component package when the project is split. */
async function searchHandler(root: string): Promise<PlacedHandler | undefined> {
  const handler = await findHandler(root, await readPackage(root));
  const inner = join(root, 'component');
  const innerPackage = await readPackage(inner);
  if (innerPackage !== undefined && (handler === undefined || handler.entry.startsWith(inner))) {
    const inside = (await findHandler(inner, innerPackage)) ?? handler;
    if (inside !== undefined) return { handler: inside, handlerRoot: inner };
  }
  return handler === undefined ? undefined : { handler, handlerRoot: root };
}

async function handlerNamed(root: string, entry: string): Promise<PlacedHandler> {
  const handler = await handlerAt(entry, root, 'named in the configuration');
  return { handler, handlerRoot: await packageFolder(root, entry) };
}

async function uiPart(root: string, config: ProjectOverrides['ui']): Promise<FoundUi | undefined> {
  const built = config === undefined ? undefined : configuredUi(root, config);
  if (built !== undefined) return { shape: built, warnings: [] };
  const folder = config?.root ?? config?.output;
  const page =
    folder === undefined ? undefined : await namedFile(root, 'ui.root', join(folder, 'index.html'));
  return await findUi(root, await readPackage(root), page === undefined ? undefined : dirname(page));
}
