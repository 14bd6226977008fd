import type { TextRange } from '../json-positions.js';
import {
  child,
  children,
  isFunction,
  keyOf,
  nameOf,
  parseModule,
  type SyntaxNode,
  unwrapped,
  walk,
} from '../lint/syntax-tree.js';

/** How often a name may stand for another: more is a circle. */
const MAX_NAMES = 16;

/**
 * Finds where what a JSON pointer names stands in a module that exports a configuration: the name of a
 * property, or an item of a list. Follows names of the module, what a function gives back, and spreads. Gives
 * undefined for what is not written there as such: it may come from another module or be computed.
 */
export function modulePositions(text: string, path: string): (pointer: string) => TextRange | undefined {
  const tree = parseModule(text, path);
  if (tree === undefined) return () => undefined;
  const names = new Map<string, SyntaxNode>();
  walk(tree, (node, parents) => {
    const name = nameOf(child(node, 'id'));
    if (name === undefined || parents.some(isFunction)) return;
    const value =
      node.type === 'VariableDeclarator' ? child(node, 'init') : isFunction(node) ? node : undefined;
    if (value !== undefined) names.set(name, value);
  });
  const exported = children(tree, 'body').find(({ type }) => type === 'ExportDefaultDeclaration');
  const root = child(exported, 'declaration');
  return (pointer) => placeOf(root, stepsOf(pointer), { names });
}

interface Module {
  /** What the top-level names of the module stand for. */
  readonly names: ReadonlyMap<string, SyntaxNode>;
}

function stepsOf(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function placeOf(
  node: SyntaxNode | undefined,
  steps: readonly string[],
  module: Module,
): TextRange | undefined {
  const [step, ...rest] = steps;
  if (step === undefined) return undefined;
  const value = collectionOf(node, module, 0);
  const found = value === undefined ? undefined : partOf(value, step, module);
  if (found === undefined) return undefined;
  return rest.length === 0 ? found.place : placeOf(found.value, rest, module);
}

interface Part {
  /** What is marked: a property's name, or an item. */
  readonly place: TextRange;
  readonly value: SyntaxNode | undefined;
}

/** The last of that name counts, as it does when the module runs; behind a spread, its own. */
function partOf(value: SyntaxNode, step: string, module: Module): Part | undefined {
  if (value.type === 'ArrayExpression') {
    const item = children(value, 'elements')[Number(step)];
    return item === undefined ? undefined : { place: item, value: item };
  }
  for (const property of children(value, 'properties').reverse()) {
    if (property.type === 'SpreadElement') {
      const spread = collectionOf(child(property, 'argument'), module, 0);
      const found = spread === undefined ? undefined : partOf(spread, step, module);
      if (found !== undefined) return found;
    } else if (keyOf(property) === step) {
      return { place: child(property, 'key') ?? property, value: child(property, 'value') };
    }
  }
  return undefined;
}

/** The object or list behind an expression. */
function collectionOf(node: SyntaxNode | undefined, module: Module, depth: number): SyntaxNode | undefined {
  const value = unwrapped(node);
  if (value === undefined || depth > MAX_NAMES) return undefined;
  if (/^(?:Object|Array)Expression$/.test(value.type)) return value;
  if (isFunction(value)) return collectionOf(returned(value), module, depth + 1);
  if (value.type === 'AwaitExpression') return collectionOf(child(value, 'argument'), module, depth + 1);
  // A call hands on what it is given (`defineConfig`), or gives what the module's own function does.
  if (value.type === 'CallExpression') {
    const own = module.names.get(nameOf(child(value, 'callee')) ?? '');
    return collectionOf(own ?? children(value, 'arguments')[0], module, depth + 1);
  }
  const name = nameOf(value);
  return name === undefined ? undefined : collectionOf(module.names.get(name), module, depth + 1);
}

/** What a function gives back: its expression, or what its last own `return` has. */
function returned(node: SyntaxNode): SyntaxNode | undefined {
  const body = child(node, 'body');
  if (body?.type !== 'BlockStatement') return body;
  const last = children(body, 'body').findLast(({ type }) => type === 'ReturnStatement');
  return child(last, 'argument');
}
