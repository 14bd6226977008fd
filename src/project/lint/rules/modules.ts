import { builtinModules } from 'node:module';
import type { Finding, LintModule } from '../rule.js';
import { child, type SyntaxNode, text, walk } from '../syntax-tree.js';

/** Finds imports of Node's own modules: a component has none of them. */
export function modulesRule({ tree }: LintModule): Finding[] {
  const found: Finding[] = [];
  walk(tree, (node) => {
    const source = importedSource(node);
    const specifier = text(source, 'value');
    if (source === undefined || specifier === undefined || !isBuiltin(specifier)) return;
    found.push({
      code: 'LINT_NODE_MODULE',
      message: `${specifier} belongs to Node and does not exist in a component.`,
      hint: 'A handler reaches the world through alga:extension/*; use web APIs (URL, TextEncoder) otherwise.',
      offset: source.start,
    });
  });
  return found;
}

function importedSource(node: SyntaxNode): SyntaxNode | undefined {
  if (
    /^(?:ImportDeclaration|ExportNamedDeclaration|ExportAllDeclaration|ImportExpression)$/.test(node.type)
  ) {
    return child(node, 'source');
  }
  return undefined;
}

function isBuiltin(specifier: string): boolean {
  return specifier.startsWith('node:') || builtinModules.includes(specifier);
}
