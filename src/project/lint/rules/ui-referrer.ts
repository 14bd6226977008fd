import { globalPath } from '../own-names.js';
import type { Finding, LintModule } from '../rule.js';
import { child, children, keyOf, nameOf, type SyntaxNode, text, unwrapped, walk } from '../syntax-tree.js';

/** What stands in the addresses of the app's pages. */
const PAGE = /client-portal|\bmsp\b/;
const REFERRER = /^(?:window\.)?document\.referrer$/;

/**
 * Finds code that looks for more than the origin in `document.referrer`: the product tells it in its docker
 * setup only. Asking for the origin is fine and not told.
 */
export function uiReferrerRule({ tree, ownNames }: LintModule): Finding[] {
  const found: Finding[] = [];
  const names = new Set<string>();
  const isReferrer = (node: SyntaxNode | undefined): boolean => {
    const bare = withoutFallback(node);
    if (bare === undefined) return false;
    return REFERRER.test(globalPath(bare, ownNames) ?? '') || names.has(nameOf(bare) ?? '');
  };
  walk(tree, (node) => {
    const name = node.type === 'VariableDeclarator' ? nameOf(child(node, 'id')) : undefined;
    if (name !== undefined && isReferrer(child(node, 'init'))) names.add(name);
    if (looksForPage(node, isReferrer) || readsPath(node, isReferrer)) {
      found.push({
        code: 'LINT_UI_REFERRER',
        message: 'In the cloud document.referrer is the origin of Alga only: no path, and no portal.',
        hint: 'Ask the handler who calls: getUser of alga:extension/user-v2 tells the type of the user.',
        offset: node.start,
      });
    }
  });
  return found;
}

type IsReferrer = (node: SyntaxNode | undefined) => boolean;

/** `referrer.includes('/client-portal/')`, `/msp/.test(referrer)` and the like. */
function looksForPage(node: SyntaxNode, isReferrer: IsReferrer): boolean {
  if (node.type !== 'CallExpression') return false;
  const object = unwrapped(child(child(node, 'callee'), 'object'));
  const around = [object, ...children(node, 'arguments')];
  return around.some(isReferrer) && around.some((part) => PAGE.test(literalOf(part) ?? ''));
}

/** `new URL(referrer).pathname`. */
function readsPath(node: SyntaxNode, isReferrer: IsReferrer): boolean {
  if (node.type !== 'MemberExpression' || keyOf(node, 'property') !== 'pathname') return false;
  const object = unwrapped(child(node, 'object'));
  return (
    object?.type === 'NewExpression' &&
    nameOf(child(object, 'callee')) === 'URL' &&
    isReferrer(children(object, 'arguments')[0])
  );
}

/** `x || ''` and `x ?? ''` without what they fall back to. */
function withoutFallback(node: SyntaxNode | undefined): SyntaxNode | undefined {
  const bare = unwrapped(node);
  return bare?.type === 'LogicalExpression' ? unwrapped(child(bare, 'left')) : bare;
}

/** The text of a literal, or of the pattern of one. */
function literalOf(node: SyntaxNode | undefined): string | undefined {
  const regex: unknown = node === undefined ? undefined : Reflect.get(node, 'regex');
  if (typeof regex === 'object' && regex !== null && 'pattern' in regex) return String(regex.pattern);
  return text(node, 'value');
}
