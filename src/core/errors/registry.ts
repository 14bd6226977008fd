/** Errors of the `registry` room. See `catalogue.ts` for how they are joined. */
export const registryErrors = {} as const;
