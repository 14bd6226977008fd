/** A `result` of the guest interface as the engine carries it. */
export type Result<T, E extends string> =
  | { readonly tag: 'ok'; readonly val: T }
  | { readonly tag: 'err'; readonly val: E };

export function ok<T>(val: T): { readonly tag: 'ok'; readonly val: T } {
  return { tag: 'ok', val };
}

export function err<E extends string>(val: E): { readonly tag: 'err'; readonly val: E } {
  return { tag: 'err', val };
}
