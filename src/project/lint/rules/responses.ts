import type { Finding, LintModule } from '../rule.js';
import { child, children, keyOf, nameOf, type SyntaxNode, text, unwrapped, walk } from '../syntax-tree.js';

/**
 * Finds object literals that look like responses (a `status` and a `body` or `headers`) in a form
 * that the engine refuses or silently empties.
 */
export function responsesRule({ tree }: LintModule): Finding[] {
  const found: Finding[] = [];
  walk(tree, (node, parents) => {
    if (node.type !== 'ObjectExpression' || !isAnswer(parents)) return;
    const properties = new Map(
      children(node, 'properties').map((property) => [keyOf(property), property] as const),
    );
    const spread = children(node, 'properties').some(({ type }) => type === 'SpreadElement');
    const status = properties.get('status');
    if (
      status === undefined ||
      !isStatus(status, properties.has('body') || properties.has('headers'), spread)
    )
      return;
    const headers = properties.get('headers');
    const body = unwrapped(child(properties.get('body'), 'value'));
    if (headers === undefined && !spread) found.push(missingHeaders(node));
    if (unwrapped(child(headers, 'value'))?.type === 'ObjectExpression')
      found.push(headersAsObject(headers ?? node));
    if (body !== undefined && isText(body)) found.push(textBody(body));
  });
  return found;
}

/** The `status` of a response, not that of a task: never a text, and a number where nothing else tells. */
function isStatus(property: SyntaxNode, hasParts: boolean, spread: boolean): boolean {
  const value = unwrapped(child(property, 'value'));
  if (text(value, 'value') !== undefined) return false;
  return hasParts || (!spread && value?.type === 'Literal');
}

/** Only what a function gives back, at once or through a local variable, can be a response. */
function isAnswer(parents: readonly SyntaxNode[]): boolean {
  const around = [...parents]
    .reverse()
    .find(({ type }) => !/^(?:TS|Parenthesized|Conditional|Await)/.test(type));
  return (
    around !== undefined &&
    /^(?:ReturnStatement|ArrowFunctionExpression|VariableDeclarator)$/.test(around.type)
  );
}

function isText(node: SyntaxNode): boolean {
  if (node.type === 'TemplateLiteral') return true;
  if (node.type === 'Literal') return text(node, 'value') !== undefined;
  if (node.type === 'BinaryExpression') {
    return [child(node, 'left'), child(node, 'right')].some((side) => side !== undefined && isText(side));
  }
  if (node.type !== 'CallExpression') return false;
  const callee = child(node, 'callee');
  return nameOf(child(callee, 'object')) === 'JSON' && keyOf(callee, 'property') === 'stringify';
}

function missingHeaders(node: SyntaxNode): Finding {
  return {
    code: 'LINT_RESPONSE_HEADERS',
    message: 'A response without headers ends the request with an error.',
    hint: 'Add headers: [] (a list of { name, value }).',
    offset: node.start,
  };
}

function headersAsObject(node: SyntaxNode): Finding {
  return {
    code: 'LINT_RESPONSE_HEADERS',
    message: 'Headers given as an object are dropped without a word.',
    hint: "Give a list: headers: [{ name: 'content-type', value: 'application/json' }].",
    offset: node.start,
  };
}

function textBody(node: SyntaxNode): Finding {
  return {
    code: 'LINT_RESPONSE_BODY',
    message: 'A body given as text becomes an empty body without a word.',
    hint: 'Give bytes: new TextEncoder().encode(text).',
    offset: node.start,
  };
}
