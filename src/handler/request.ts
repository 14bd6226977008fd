import type { HandlerRequest } from './shapes.js';

/** The path that was asked for, without the query. */
export function pathOf({ http }: HandlerRequest): string {
  return http.url.split(/[?#]/, 1)[0] ?? '';
}

/** The query. */
export function queryOf({ http }: HandlerRequest): URLSearchParams {
  const start = http.url.indexOf('?');
  return new URLSearchParams(start < 0 ? '' : http.url.slice(start + 1).split('#', 1)[0]);
}

/** A header by its name, in any case; several of one name joined by a comma, undefined when there is none. */
export function headerOf({ http }: HandlerRequest, name: string): string | undefined {
  const wanted = name.toLowerCase();
  const values = http.headers.filter((header) => header.name.toLowerCase() === wanted);
  return values.length === 0 ? undefined : values.map(({ value }) => value).join(', ');
}

/** The body as text; empty when there is none. */
export function readText({ http }: HandlerRequest): string {
  return http.body === undefined ? '' : new TextDecoder().decode(http.body);
}

/** The body as JSON; undefined when there is none or it is not JSON. Check what you get: anybody can send anything. */
export function readJson(request: HandlerRequest): unknown {
  try {
    return JSON.parse(readText(request));
  } catch {
    return undefined;
  }
}

/**
 * The values of a path's parameters, when method and path are those of an endpoint as the manifest writes
 * it (`GET`, `/api/things/:id`); undefined when they are not.
 */
export function matchRoute(
  request: HandlerRequest,
  method: string,
  path: string,
): Readonly<Record<string, string>> | undefined {
  if (request.http.method !== method) return undefined;
  const wanted = segmentsOf(path);
  const asked = segmentsOf(pathOf(request));
  if (wanted.length !== asked.length) return undefined;
  const values: Record<string, string> = {};
  for (const [index, segment] of wanted.entries()) {
    const found = asked[index] ?? '';
    if (segment.startsWith(':')) values[segment.slice(1)] = decoded(found);
    else if (segment !== found) return undefined;
  }
  return values;
}

function segmentsOf(path: string): string[] {
  return path.replace(/^\/+|\/+$/g, '').split('/');
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
