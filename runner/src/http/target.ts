/** Path and query of a request target, both as sent. */
export interface Target {
  readonly path: string;
  readonly query: string;
}

/**
 * Splits a request target: the usual origin form (`/path?query`) or the absolute form proxies use.
 * Anything else (`*`, an authority) has no path here and gives undefined. Nothing is decoded or
 * normalised: dots and slashes are judged where a path is used.
 */
export function parseTarget(target: string): Target | undefined {
  const origin = /^https?:\/\/[^/?#]*/i.exec(target);
  const rest = origin === null ? target : target.slice(origin[0].length) || '/';
  if (!rest.startsWith('/') && origin === null) return undefined;
  const mark = rest.indexOf('?');
  const path = mark < 0 ? rest : rest.slice(0, mark);
  return { path: path === '' ? '/' : path, query: mark < 0 ? '' : rest.slice(mark + 1) };
}

/**
 * Percent-decodes a path once. An escape that is none stays as it is written; bytes that are not
 * UTF-8 give undefined.
 */
export function decodePath(path: string): string | undefined {
  if (!path.includes('%')) return path;
  const wellFormed = path.replace(/%(?![0-9a-fA-F]{2})/g, '%25');
  try {
    return decodeURIComponent(wellFormed);
  } catch {
    return undefined;
  }
}
