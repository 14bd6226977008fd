import { ownNamesOf } from '../lint/own-names.js';
import {
  child,
  children,
  isFunction,
  nameOf,
  parseModule,
  text as property,
  type SyntaxNode,
  walk,
} from '../lint/syntax-tree.js';
import { functionName, pathCondition, type Route, routeText } from './route.js';

/**
 * Adds an answer for a route to the text of a module that defines `handler`. Undefined when the
 * module is written in a way that this cannot be done safely.
 */
export function withRoute(text: string, path: string, route: Route): string | undefined {
  const tree = parseModule(text, path);
  const handler = tree === undefined ? undefined : handlerFunction(tree);
  const body = child(handler, 'body');
  const request = nameOf(children(handler, 'params')[0]);
  if (
    tree === undefined ||
    handler === undefined ||
    body?.type !== 'BlockStatement' ||
    request === undefined
  ) {
    return undefined;
  }
  const names = ownNamesOf(tree);
  const name = functionName(route, names);
  const takesRequest = route.method !== 'GET' && names.has('readJson') && names.has('json');
  const call = `return ${name}(${takesRequest ? request : ''});`;
  const place = placeOf(text, body, request, route);
  const answer = answerFunction({ text, handler, request, names, name, takesRequest, route });
  const edited = `${text.slice(0, place.offset)}${place.lead}if (${place.condition}) ${call}${place.tail}${text.slice(place.offset)}`;
  const result = `${edited.trimEnd()}\n\n${answer}\n`;
  return parseModule(result, path) === undefined ? undefined : result;
}

interface Place {
  readonly offset: number;
  readonly lead: string;
  readonly condition: string;
  readonly tail: string;
}

/** Before the last answer when method and path are at hand there, else first thing in the handler. */
function placeOf(text: string, body: SyntaxNode, request: string, route: Route): Place {
  const statements = children(body, 'body');
  const last = statements.at(-1);
  const local = new Set(statements.filter(isDeclaration).flatMap((statement) => [...ownNamesOf(statement)]));
  const method = `=== '${route.method}'`;
  if (last?.type === 'ReturnStatement' && local.has('method') && local.has('path')) {
    const condition = `method ${method} && ${pathCondition(route, 'path')}`;
    return { offset: last.start, lead: '', condition, tail: `\n${indentAt(text, last.start)}` };
  }
  const indent = statements[0] === undefined ? '  ' : indentAt(text, statements[0].start);
  const asked = pathCondition(route, `(${request}.http.url.split('?')[0] ?? '')`);
  const condition = `${request}.http.method ${method} && ${asked}`;
  return { offset: body.start + 1, lead: `\n${indent}`, condition, tail: '' };
}

function isDeclaration(statement: SyntaxNode): boolean {
  return statement.type === 'VariableDeclaration';
}

function answerFunction(input: {
  text: string;
  handler: SyntaxNode;
  request: string;
  names: ReadonlySet<string>;
  name: string;
  takesRequest: boolean;
  route: Route;
}): string {
  const { text, handler, request, names, name, takesRequest, route } = input;
  const type = typeText(text, child(children(handler, 'params')[0], 'typeAnnotation'));
  const result = typeText(text, child(handler, 'returnType'))?.replace(/^Promise<(.*)>$/s, '$1');
  const parameter = takesRequest ? `${request}${type === undefined ? '' : `: ${type}`}` : '';
  const head = `function ${name}(${parameter})${result === undefined ? '' : `: ${result}`} {`;
  const value = takesRequest
    ? `{ received: readJson(${request}) ?? null }`
    : `{ message: '${routeText(route)}' }`;
  if (names.has('json')) return [head, `  return json(200, ${value});`, '}'].join('\n');
  return [
    head,
    '  return {',
    '    status: 200,',
    "    headers: [{ name: 'content-type', value: 'application/json' }],",
    `    body: new TextEncoder().encode(JSON.stringify(${value})),`,
    '  };',
    '}',
  ].join('\n');
}

/** The function behind the name `handler` in a module. */
function handlerFunction(tree: SyntaxNode): SyntaxNode | undefined {
  let found: SyntaxNode | undefined;
  walk(tree, (node, parents) => {
    if (found !== undefined || !isFunction(node)) return;
    const declarator = parents.at(-1);
    const named =
      nameOf(child(node, 'id')) ??
      (declarator?.type === 'VariableDeclarator' ? nameOf(child(declarator, 'id')) : undefined);
    if (named === 'handler' && !parents.some(isFunction)) found = node;
  });
  return found;
}

function typeText(text: string, annotation: SyntaxNode | undefined): string | undefined {
  const type = child(annotation, 'typeAnnotation');
  if (type === undefined || property(type, 'type') === 'TSAnyKeyword') return undefined;
  return text.slice(type.start, type.end);
}

function indentAt(text: string, offset: number): string {
  const line = text.slice(text.lastIndexOf('\n', offset - 1) + 1, offset);
  return /^\s*/.exec(line)?.[0] ?? '';
}
