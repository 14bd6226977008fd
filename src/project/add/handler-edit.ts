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
import { freeName, functionName, pathCondition, type Route, routeText } from './route.js';

/** A function of another module that an answer calls. */
export interface ModuleUse {
  readonly name: string;
  /** Specifier of its module, as the handler imports it. */
  readonly from: string;
  /** Whether it is given the request. */
  readonly takesRequest: boolean;
  /** Under which its result stands in the answer. */
  readonly key: string;
}

/**
 * Adds an answer for a route to the text of a module that defines `handler`. Undefined when the
 * module is written in a way that this cannot be done safely. With `use`, the answer is what a function
 * of another module gives, which is imported.
 */
export function withRoute(text: string, path: string, route: Route, use?: ModuleUse): string | undefined {
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
  const reads = use === undefined && route.method !== 'GET' && names.has('readJson') && names.has('json');
  const takesRequest = use?.takesRequest ?? reads;
  const called = freeName(use?.name ?? name, new Set([...names, name]));
  const call = `return ${name}(${takesRequest ? request : ''});`;
  const place = placeOf(text, body, request, route);
  const value = valueText({ request, takesRequest, route, use, called });
  const answer = answerFunction({ text, handler, request, names, name, takesRequest, value });
  const edited = `${text.slice(0, place.offset)}${place.lead}if (${place.condition}) ${call}${place.tail}${text.slice(place.offset)}`;
  const whole = use === undefined ? edited : withImport(edited, importPlace(tree, place.offset), use, called);
  const result = `${whole.trimEnd()}\n\n${answer}\n`;
  return parseModule(result, path) === undefined ? undefined : result;
}

/** What a route's answer says: the first name that is given, under `key`. */
function valueText(input: {
  request: string;
  takesRequest: boolean;
  route: Route;
  use: ModuleUse | undefined;
  called: string;
}): string {
  const { request, takesRequest, route, use, called } = input;
  if (use !== undefined) return `{ ${use.key}: ${called}(${takesRequest ? request : ''}) }`;
  return takesRequest ? `{ received: readJson(${request}) ?? null }` : `{ message: '${routeText(route)}' }`;
}

/** The end of the last import that stands before an offset; 0 when there is none. */
function importPlace(tree: SyntaxNode, before: number): number {
  const imports = children(tree, 'body').filter(
    ({ type, end }) => type === 'ImportDeclaration' && end <= before,
  );
  return imports.at(-1)?.end ?? 0;
}

function withImport(text: string, at: number, use: ModuleUse, called: string): string {
  const name = called === use.name ? called : `${use.name} as ${called}`;
  const line = `import { ${name} } from '${use.from}';`;
  return at === 0 ? `${line}\n\n${text}` : `${text.slice(0, at)}\n${line}${text.slice(at)}`;
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
  value: string;
}): string {
  const { text, handler, request, names, name, takesRequest, value } = input;
  const type = typeText(text, child(children(handler, 'params')[0], 'typeAnnotation'));
  const result = typeText(text, child(handler, 'returnType'))?.replace(/^Promise<(.*)>$/s, '$1');
  const parameter = takesRequest ? `${request}${type === undefined ? '' : `: ${type}`}` : '';
  const head = `function ${name}(${parameter})${result === undefined ? '' : `: ${result}`} {`;
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
