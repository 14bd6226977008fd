import { parseAst } from 'rolldown/parseAst';

/** A node of a syntax tree (ESTree with TypeScript nodes); other properties are read with the helpers below. */
export interface SyntaxNode {
  readonly type: string;
  /** Character offsets in the source. */
  readonly start: number;
  readonly end: number;
}

/** The tree of a module's text; undefined when it does not parse, which the build reports better. */
export function parseModule(text: string, path: string): SyntaxNode | undefined {
  const ending = /\.[cm]?([jt]sx?)$/.exec(path)?.[1];
  const lang = ending === 'ts' || ending === 'tsx' || ending === 'jsx' ? ending : 'js';
  try {
    return asNode(parseAst(text, { lang }, path));
  } catch {
    return undefined;
  }
}

/**
 * Calls `visit` for each node below `root`, outermost first, with the nodes it stands in (the
 * nearest last). Type annotations are left out: what stands there never runs.
 */
export function walk(
  root: SyntaxNode,
  visit: (node: SyntaxNode, parents: readonly SyntaxNode[]) => void,
): void {
  const parents: SyntaxNode[] = [];
  const step = (node: SyntaxNode): void => {
    if (isTypeOnly(node)) return;
    visit(node, parents);
    parents.push(node);
    for (const child of childrenOf(node)) step(child);
    parents.pop();
  };
  step(root);
}

/** The child node under a property, when there is one. */
export function child(node: SyntaxNode | undefined, property: string): SyntaxNode | undefined {
  return node === undefined ? undefined : asNode(read(node, property));
}

/** The child nodes of a list property. */
export function children(node: SyntaxNode | undefined, property: string): SyntaxNode[] {
  const value = node === undefined ? undefined : read(node, property);
  return Array.isArray(value) ? value.map(asNode).filter((item) => item !== undefined) : [];
}

/** A text property of a node: a name, an operator, the value of a string literal. */
export function text(node: SyntaxNode | undefined, property: string): string | undefined {
  const value = node === undefined ? undefined : read(node, property);
  return typeof value === 'string' ? value : undefined;
}

/** Whether a yes-or-no property of a node is set. */
export function flag(node: SyntaxNode | undefined, property: string): boolean {
  return node !== undefined && read(node, property) === true;
}

/** The node without what TypeScript wraps around it: `x as T`, `x satisfies T`, `x!`, `(x)`. */
export function unwrapped(node: SyntaxNode | undefined): SyntaxNode | undefined {
  let at = node;
  while (at !== undefined && /^(?:TSAs|TSSatisfies|TSNonNull|Parenthesized|TSTypeAssertion)/.test(at.type)) {
    at = child(at, 'expression');
  }
  return at;
}

/** The name of an identifier. */
export function nameOf(node: SyntaxNode | undefined): string | undefined {
  const bare = unwrapped(node);
  return bare?.type === 'Identifier' ? text(bare, 'name') : undefined;
}

/** The name of a property that is not computed: `a.b`, `{ b: 1 }`, `{ 'b': 1 }`. */
export function keyOf(
  node: SyntaxNode | undefined,
  property: 'key' | 'property' = 'key',
): string | undefined {
  if (node === undefined || flag(node, 'computed')) return undefined;
  const key = child(node, property);
  return text(key, 'name') ?? text(key, 'value');
}

/** Whether a node is a function, an arrow or not. */
export function isFunction(node: SyntaxNode): boolean {
  return /^(?:Function(?:Declaration|Expression)|ArrowFunctionExpression)$/.test(node.type);
}

function isTypeOnly(node: SyntaxNode): boolean {
  if (/^TS(?:As|Satisfies|NonNull|TypeAssertion|Export|Enum|Module|ParameterProperty)/.test(node.type))
    return false;
  if (node.type.startsWith('TS')) return true;
  return (
    /^(?:Import|Export)/.test(node.type) && (text(node, 'importKind') ?? text(node, 'exportKind')) === 'type'
  );
}

function childrenOf(node: SyntaxNode): SyntaxNode[] {
  return Object.values(node).flatMap((value: unknown) => {
    const items = Array.isArray(value) ? value : [value];
    return items.map(asNode).filter((item) => item !== undefined);
  });
}

function read(node: SyntaxNode, property: string): unknown {
  return Reflect.get(node, property);
}

function asNode(value: unknown): SyntaxNode | undefined {
  return isNode(value) ? value : undefined;
}

function isNode(value: unknown): value is SyntaxNode {
  if (typeof value !== 'object' || value === null) return false;
  return (
    'type' in value && typeof value.type === 'string' && 'start' in value && typeof value.start === 'number'
  );
}
