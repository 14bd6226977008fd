import type { Finding, LintModule } from '../rule.js';
import { child, keyOf, walk } from '../syntax-tree.js';

/** Fields that handlers expect and the guest interface does not have: owner, field, what to do instead. */
const ABSENT: readonly (readonly [string, string, string])[] = [
  ['context', 'config', 'Read settings with alga:extension/secrets; the context has ids only.'],
  ['http', 'path', 'Take the path from request.http.url, which is path and query.'],
  ['http', 'query', 'Take the query from request.http.url: new URL(url, "http://x").searchParams.'],
  ['http', 'params', 'Take the parts from request.http.url; routes are not matched for the handler.'],
];

/** Finds reads of request fields that are always undefined. */
export function requestsRule({ tree }: LintModule): Finding[] {
  const found: Finding[] = [];
  walk(tree, (node) => {
    if (node.type !== 'MemberExpression') return;
    const owner = child(node, 'object');
    if (owner?.type !== 'MemberExpression') return;
    const row = ABSENT.find(
      ([name, field]) => keyOf(owner, 'property') === name && keyOf(node, 'property') === field,
    );
    if (row === undefined) return;
    const [name, field, hint] = row;
    const message = `${name}.${field} is always undefined: the request does not have it.`;
    found.push({ code: 'LINT_REQUEST_FIELD', message, hint, offset: node.start });
  });
  return found;
}
