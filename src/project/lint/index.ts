import { shownPath } from '../files.js';
import { handlerAt } from '../shape/handler.js';
import { lineAndColumn } from '../source-frame.js';
import type { Diagnostic, Project } from '../types.js';
import { capabilityFindings } from './capabilities.js';
import { ownNamesOf } from './own-names.js';
import type { LintContext, Rule } from './rule.js';
import { asyncHandlerRule } from './rules/async-handler.js';
import { globalsRule } from './rules/globals.js';
import { hostImportsRule } from './rules/host-imports.js';
import { modulesRule } from './rules/modules.js';
import { requestHeadersRule } from './rules/request-headers.js';
import { requestsRule } from './rules/requests.js';
import { responsesRule } from './rules/responses.js';
import { parseModule } from './syntax-tree.js';

const RULES: readonly Rule[] = [
  modulesRule,
  hostImportsRule,
  globalsRule,
  responsesRule,
  requestsRule,
  requestHeadersRule,
  asyncHandlerRule,
];

/**
 * Looks through the handler's own modules for what builds well and then misbehaves in a component
 * without a word, and for capabilities that do not match. Nothing is run. A module that does not
 * parse is skipped: the build reports that.
 */
export async function lintHandler(
  project: Project,
  options: { features: LintContext['features'] },
): Promise<Diagnostic[]> {
  if (project.handler === undefined) return [];
  const { root, handler, manifest, manifestText, manifestPath } = project;
  const { graph, definedIn } = await handlerAt(handler.entry, root, '');
  const shown = (path: string) => shownPath(root, path);
  const found: Diagnostic[] = [];
  for (const { path, text } of graph.modules.values()) {
    const tree = /\.json$|\.d\.[cm]?ts$/.test(path) ? undefined : parseModule(text, path);
    if (tree === undefined) continue;
    const module = { path, text, tree, ownNames: ownNamesOf(tree) };
    const context = { features: options.features, definedIn };
    for (const { code, message, hint, offset } of RULES.flatMap((rule) => rule(module, context))) {
      found.push({ code, message, hint, file: shown(path), ...lineAndColumn(text, offset) });
    }
  }
  const manifestFile = shown(manifestPath);
  return [...found, ...capabilityFindings({ graph, manifest, manifestText, manifestFile, shown })];
}
