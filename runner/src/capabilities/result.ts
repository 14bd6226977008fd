/** A `result` of the guest interface as the engine carries it. */
export type Result<T, E extends string> =
  | { readonly tag: 'ok'; readonly val: T }
  | { readonly tag: 'err'; readonly val: E };

/** The good case of a {@link Result}. */
export function ok<T>(val: T): { readonly tag: 'ok'; readonly val: T } {
  return { tag: 'ok', val };
}

/** The bad case of a {@link Result}; `val` is the name of an error of the interface. */
export function err<E extends string>(val: E): { readonly tag: 'err'; readonly val: E } {
  return { tag: 'err', val };
}
