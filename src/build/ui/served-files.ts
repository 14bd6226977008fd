import { extname } from 'node:path';

/** File types that the runner serves, with the content type it sends: bare, so a page declares its charset. */
const CONTENT_TYPES: ReadonlyMap<string, string> = new Map([
  ['.html', 'text/html'],
  ['.js', 'text/javascript'],
  ['.css', 'text/css'],
  ['.json', 'application/json'],
  ['.map', 'application/json'],
  ['.svg', 'image/svg+xml'],
  ['.png', 'image/png'],
  ['.jpg', 'image/jpeg'],
  ['.jpeg', 'image/jpeg'],
  ['.webp', 'image/webp'],
  ['.woff', 'font/woff'],
  ['.woff2', 'font/woff2'],
]);

/** Types that lie beside a hand-written page without being meant for the browser. */
const SOURCE_TYPES = new Set([
  ...['.ts', '.tsx', '.mts', '.cts', '.jsx', '.vue', '.svelte', '.scss', '.sass', '.less', '.styl'],
  ...['.md', '.sh', '.lock', '.log'],
]);

/** Every type the runner serves, for texts: `html, js, ...`. */
export const SERVED_TYPES = [...CONTENT_TYPES.keys()].map((type) => type.slice(1)).join(', ');

/**
 * Whether the runner serves a file of the UI, by its path with forward slashes: `yes`, or why not. Hidden
 * names and types beyond the list are answered with 400 there; names without a type pass.
 */
export function servedByRunner(path: string): 'yes' | 'hidden' | 'type' {
  if (path.split('/').some((segment) => segment.startsWith('.'))) return 'hidden';
  const type = extname(path).toLowerCase();
  return type === '' || CONTENT_TYPES.has(type) ? 'yes' : 'type';
}

/** Whether leaving a file out of the bundle is what anybody would expect. */
export function isSourceFile(path: string): boolean {
  return SOURCE_TYPES.has(extname(path).toLowerCase());
}

/** The content type with which the runner serves a file. */
export function contentTypeOf(path: string): string {
  return CONTENT_TYPES.get(extname(path).toLowerCase()) ?? 'application/octet-stream';
}
