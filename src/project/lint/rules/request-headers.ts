import { GUEST_HEADERS } from '../../../core/guest-headers.js';
import type { Finding, LintModule } from '../rule.js';
import {
  child,
  children,
  isFunction,
  keyOf,
  nameOf,
  type SyntaxNode,
  text,
  unwrapped,
  walk,
} from '../syntax-tree.js';

const SEARCHES = /^(?:find|findLast|filter|some)$/;

/** Finds searches for request headers that the product passes to no handler. */
export function requestHeadersRule({ tree }: LintModule): Finding[] {
  const found: Finding[] = [];
  const lists = new Set<string>();
  const readers = new Set<string>();
  walk(tree, (node) => {
    if (node.type === 'ImportDeclaration' && text(child(node, 'source'), 'value') === 'alga/handler')
      for (const item of children(node, 'specifiers')) {
        if (nameOf(child(item, 'imported')) === 'headerOf') readers.add(nameOf(child(item, 'local')) ?? '');
      }
    if (node.type === 'VariableDeclarator') for (const name of listsIn(node)) lists.add(name);
    if (node.type !== 'CallExpression') return;
    const [first, second] = children(node, 'arguments');
    const callee = child(node, 'callee');
    if (readers.has(nameOf(callee) ?? '')) found.push(...findings([second]));
    const list = unwrapped(child(callee, 'object'));
    if (!SEARCHES.test(keyOf(callee, 'property') ?? '') || first === undefined || !isFunction(first)) return;
    if (isHeaders(list) || lists.has(nameOf(list) ?? '')) found.push(...findings(comparedNames(first)));
  });
  return found;
}

/** Variables that hold the headers of a request: `{ headers } = request.http`, `x = request.http.headers`. */
function listsIn(declarator: SyntaxNode): string[] {
  const [id, init] = [child(declarator, 'id'), unwrapped(child(declarator, 'init'))];
  if (isHeaders(init)) return [nameOf(id) ?? ''].filter((name) => name !== '');
  if (id?.type !== 'ObjectPattern' || !isHttp(init)) return [];
  const properties = children(id, 'properties').filter((property) => keyOf(property) === 'headers');
  return properties.flatMap((property) => nameOf(child(property, 'value')) ?? []);
}

function isHeaders(node: SyntaxNode | undefined): boolean {
  return keyOf(node, 'property') === 'headers' && isHttp(unwrapped(child(node, 'object')));
}

function isHttp(node: SyntaxNode | undefined): boolean {
  return node?.type === 'MemberExpression' && keyOf(node, 'property') === 'http';
}

/** The literals that a callback compares with the name of a header. */
function comparedNames(callback: SyntaxNode): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  walk(callback, (node) => {
    if (node.type !== 'BinaryExpression' || !/^===?$/.test(text(node, 'operator') ?? '')) return;
    const sides = [child(node, 'left'), child(node, 'right')];
    const literal = sides.find((side) => text(side, 'value') !== undefined);
    if (literal !== undefined && sides.some(isName)) found.push(literal);
  });
  return found;
}

/** `header.name` and `name`, in small letters or not. */
function isName(node: SyntaxNode | undefined): boolean {
  const bare = unwrapped(node);
  if (bare?.type === 'CallExpression') return isName(child(child(bare, 'callee'), 'object'));
  return nameOf(bare) === 'name' || (bare?.type === 'MemberExpression' && keyOf(bare, 'property') === 'name');
}

function findings(literals: readonly (SyntaxNode | undefined)[]): Finding[] {
  return literals.flatMap((literal) => {
    const name = text(literal, 'value');
    if (literal === undefined || name === undefined || GUEST_HEADERS.includes(name.toLowerCase())) return [];
    return {
      code: 'LINT_REQUEST_HEADER',
      message: `The product passes no header ${name} to handlers: it is never there.`,
      hint: `There are: ${GUEST_HEADERS.join(', ')}. Send everything else in the query or the body.`,
      offset: literal.start,
    };
  });
}
