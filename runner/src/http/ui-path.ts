/** Content types of what a bundle's UI may contain; nothing else is served. */
const TYPES: ReadonlyMap<string, string> = new Map([
  ['html', 'text/html'],
  ['js', 'text/javascript'],
  ['css', 'text/css'],
  ['json', 'application/json'],
  ['map', 'text/plain'],
  ['svg', 'image/svg+xml'],
  ['png', 'image/png'],
  ['jpg', 'image/jpeg'],
  ['jpeg', 'image/jpeg'],
  ['webp', 'image/webp'],
  ['woff', 'font/woff'],
  ['woff2', 'font/woff2'],
]);

export interface UiPath {
  /** Normalised path below `ui/`; empty for the root. */
  readonly path: string;
  /** Lower-case extension of the last segment; undefined without a dot: a folder or a client route. */
  readonly extension: string | undefined;
}

/**
 * Judges a decoded path of a UI request. Repeated slashes collapse; a leading slash, control
 * characters, backslashes, hidden or dotted segments and extensions that are not served give
 * undefined.
 */
export function parseUiPath(decoded: string): UiPath | undefined {
  if (decoded.startsWith('/') || /[\p{Cc}\\]/u.test(decoded)) return undefined;
  const segments = decoded.split('/').filter((segment) => segment !== '');
  if (segments.some((segment) => segment.startsWith('.'))) return undefined;
  const last = decoded.endsWith('/') ? '' : (segments.at(-1) ?? '');
  const dot = last.lastIndexOf('.');
  const extension = dot < 0 ? undefined : last.slice(dot + 1).toLowerCase();
  if (extension !== undefined && !TYPES.has(extension)) return undefined;
  return { path: segments.join('/'), extension };
}

/** Content type of a file of the UI, by its extension. */
export function contentTypeOf(path: string): string {
  const extension = /\.([^./]+)$/.exec(path)?.[1]?.toLowerCase() ?? '';
  return TYPES.get(extension) ?? 'application/octet-stream';
}
