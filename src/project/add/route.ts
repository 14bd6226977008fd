import { algaError } from '../../core/errors/alga-error.js';
import { METHODS } from '../manifest/schema.js';

/** A method and a path of the extension's API. */
export interface Route {
  readonly method: string;
  /** With one leading slash; parts like `:id` stand for anything. */
  readonly path: string;
}

/** Checks a typed route. Throws `ADD_ARGUMENT`. */
export function checkRoute(method: string, path: string): Route {
  const upper = method.toUpperCase();
  if (!METHODS.some((known) => known === upper)) {
    throw algaError('ADD_ARGUMENT', { what: 'The method', value: method, expected: METHODS.join(', ') });
  }
  const full = path.startsWith('/') ? path : `/${path}`;
  if (!/^(?:\/(?:[A-Za-z0-9._~-]+|:\w+|\{\w+\}))+$/.test(full) || full.includes('..')) {
    throw algaError('ADD_ARGUMENT', {
      what: 'The path',
      value: path,
      expected: 'a path like /api/things or /api/things/:id',
    });
  }
  // The gateway knows parameters in one notation only.
  return { method: upper, path: full.replace(/\{(\w+)\}/g, ':$1') };
}

/** The route as the manifest and people write it. */
export function routeText({ method, path }: Route): string {
  return `${method} ${path}`;
}

/** A JavaScript condition on the text of the request's path, given as an expression. */
export function pathCondition({ path }: Route, expression: string): string {
  if (!path.includes(':')) return `${expression} === '${path}'`;
  const pattern = path
    .split('/')
    .map((part) => (part.startsWith(':') ? '[^/]+' : part.replace(/[.~-]/g, '\\$&')))
    .join('\\/');
  return `/^${pattern}$/.test(${expression})`;
}

/** A function name for a route: `GET /api/things/:id` is `getThingsId`. */
export function functionName({ method, path }: Route, taken: ReadonlySet<string>): string {
  const words = path.split(/[^A-Za-z0-9]+/).filter((word) => word !== '' && word !== 'api');
  const name = method.toLowerCase() + (words.length === 0 ? ['root'] : words).map(capital).join('');
  return freeName(name, taken);
}

/** The name, or the first of `name2`, `name3` ... that is not taken. */
export function freeName(name: string, taken: ReadonlySet<string>): string {
  for (let number = 1; ; number++) {
    const candidate = number === 1 ? name : `${name}${number}`;
    if (!taken.has(candidate)) return candidate;
  }
}

/** The word with a capital letter. */
export function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
