import { child, children, isFunction, keyOf, nameOf, type SyntaxNode, text, walk } from './syntax-tree.js';

/** Every name that a module declares or imports, in any scope. */
export function ownNamesOf(tree: SyntaxNode): Set<string> {
  const names = new Set<string>();
  const bind = (pattern: SyntaxNode | undefined): void => {
    const name = nameOf(pattern);
    if (name !== undefined) names.add(name);
    else if (pattern !== undefined) bindPattern(pattern, bind);
  };
  walk(tree, (node) => {
    if (node.type === 'VariableDeclarator' || /^(?:Class|Function)/.test(node.type)) bind(child(node, 'id'));
    if (isFunction(node)) for (const parameter of children(node, 'params')) bind(parameter);
    if (/^Import(?:Default|Namespace)?Specifier$/.test(node.type)) bind(child(node, 'local'));
    if (node.type === 'CatchClause') bind(child(node, 'param'));
  });
  return names;
}

function bindPattern(pattern: SyntaxNode, bind: (node: SyntaxNode | undefined) => void): void {
  if (pattern.type === 'ObjectPattern') {
    for (const property of children(pattern, 'properties'))
      bind(child(property, 'value') ?? child(property, 'argument'));
  } else if (pattern.type === 'ArrayPattern') {
    for (const element of children(pattern, 'elements')) bind(element);
  } else if (pattern.type === 'AssignmentPattern') bind(child(pattern, 'left'));
  else if (pattern.type === 'RestElement') bind(child(pattern, 'argument'));
}

/** The name of a global that a node uses, like `fetch` or `crypto.randomUUID`; undefined for own names. */
export function globalPath(node: SyntaxNode, ownNames: ReadonlySet<string>): string | undefined {
  if (node.type === 'Identifier') {
    const name = text(node, 'name') ?? '';
    return ownNames.has(name) ? undefined : name;
  }
  if (node.type !== 'MemberExpression') return undefined;
  const object = child(node, 'object');
  const path = object === undefined ? undefined : globalPath(object, ownNames);
  const property = keyOf(node, 'property');
  if (path === undefined || property === undefined) return undefined;
  return path === 'globalThis' ? property : `${path}.${property}`;
}
