import { join } from 'node:path';
import { readTextIfThere, shownPath } from '../files.js';
import { scanPage } from '../shape/page.js';
import { lineAndColumn } from '../source-frame.js';
import { type SourceModule, sourceGraph } from '../source-graph.js';
import type { Diagnostic, Project, UiShape } from '../types.js';
import { ownNamesOf } from './own-names.js';
import type { UiRule } from './rule.js';
import { uiBridgeRule } from './rules/ui-bridge.js';
import { uiFrameRule } from './rules/ui-frame.js';
import { uiReferrerRule } from './rules/ui-referrer.js';
import { parseModule } from './syntax-tree.js';

const RULES: readonly UiRule[] = [uiBridgeRule, uiFrameRule, uiReferrerRule];
/** What is longer is the output of a build: it holds code that its author has not written. */
const MOST_CHARACTERS = 100_000;
/** Ways in which a page tells the SDK whom to talk to, apart from the making of the bridge. */
const TELLS_ORIGIN = /__ALGA_DEV__|setExpectedParentOrigin/;

/**
 * Looks through the UI's own modules for what does nothing in the product's frame, or in one of its setups.
 * Nothing is run; the output of a project's own build is not looked at.
 */
export async function lintUi({ root, ui }: Project): Promise<Diagnostic[]> {
  if (ui === undefined || ui.kind === 'prebuilt') return [];
  const html = (await readTextIfThere(join(ui.root, 'index.html'))) ?? '';
  const modules = await modulesOf(ui, html);
  const tellsOrigin = [html, ...modules.map(({ text }) => text)].some((text) => TELLS_ORIGIN.test(text));
  const found: Diagnostic[] = [];
  for (const { path, text } of modules) {
    const tree = text.length > MOST_CHARACTERS ? undefined : parseModule(text, path);
    if (tree === undefined) continue;
    const module = { path, text, tree, ownNames: ownNamesOf(tree) };
    for (const { offset, ...finding } of RULES.flatMap((rule) => rule(module, { tellsOrigin }))) {
      found.push({ ...finding, file: shownPath(root, path), ...lineAndColumn(text, offset) });
    }
  }
  return found;
}

/** The modules that the page's scripts lead to: sources in the place of what is built from them. */
async function modulesOf(ui: UiShape, html: string): Promise<SourceModule[]> {
  const replaced = new Map((ui.replacements ?? []).map(({ url, source }) => [url, source]));
  const scripts = scanPage(html).references.filter(({ kind }) => kind === 'script');
  const entries = scripts.flatMap(({ url }) =>
    replaced.has(url) ? (replaced.get(url) ?? []) : join(ui.root, url),
  );
  const graphs = await Promise.all(entries.map((entry) => sourceGraph(entry)));
  const modules = graphs.flatMap((graph) => [...graph.modules.values()]);
  return [...new Map(modules.map((module) => [module.path, module])).values()];
}
