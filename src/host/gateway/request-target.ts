/** What a gateway URL asks for. */
export interface RequestTarget {
  /** The extension as the caller named it: registry id, install id or slug. */
  readonly id: string;
  /** Path for the guest, with a leading slash. */
  readonly path: string;
  /** Last value of a repeated key wins. */
  readonly query: Record<string, string>;
}

/**
 * Reads the rest of a gateway URL (`/{id}/{path}?{query}`); undefined without an id or with an
 * escape that is not UTF-8. `dropEmpty` leaves empty segments out, as one of the two routes does.
 */
export function readTarget(url: string, dropEmpty: boolean): RequestTarget | undefined {
  const mark = url.indexOf('?');
  const rawPath = mark < 0 ? url : url.slice(0, mark);
  const query = Object.fromEntries(new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1)));
  try {
    const [id = '', ...segments] = rawPath.slice(1).split('/').map(decodeURIComponent);
    if (id === '') return undefined;
    const kept = dropEmpty ? segments.filter((segment) => segment !== '') : segments;
    return { id, path: `/${kept.join('/')}`, query };
  } catch {
    return undefined;
  }
}
