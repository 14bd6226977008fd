import type { Finding, LintContext, LintModule } from '../rule.js';
import { child, flag, isFunction, nameOf, type SyntaxNode, walk } from '../syntax-tree.js';

/**
 * Finds an `async` handler that awaits nothing. It works, but the engine then drains its event loop
 * for nothing, and host calls, which are all synchronous, look as if they had to be awaited.
 */
export function asyncHandlerRule(module: LintModule, { definedIn }: LintContext): Finding[] {
  if (module.path !== definedIn) return [];
  const found: Finding[] = [];
  walk(module.tree, (node, parents) => {
    const name = nameOf(child(node, 'id')) ?? nameOf(child(parents.at(-1), 'id'));
    if (!isFunction(node) || name !== 'handler' || !flag(node, 'async') || awaits(node)) return;
    found.push({
      code: 'LINT_ASYNC_HANDLER',
      message: 'handler is async but awaits nothing; calls to the host are synchronous.',
      hint: 'Remove async and return the response itself.',
      offset: node.start,
    });
  });
  return found;
}

function awaits(handler: SyntaxNode): boolean {
  let found = false;
  walk(handler, (node, parents) => {
    const inner = parents.slice(1).some(isFunction);
    if (
      !inner &&
      (node.type === 'AwaitExpression' || (node.type === 'ForOfStatement' && flag(node, 'await')))
    )
      found = true;
    // A promise that is passed on needs no await.
    if (!inner && node.type === 'ReturnStatement' && child(node, 'argument')?.type === 'CallExpression')
      found = true;
  });
  return found;
}
