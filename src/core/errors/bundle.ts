/** Errors of the `bundle` room. See `catalogue.ts` for how they are joined. */
export const bundleErrors = {} as const;
