/** Errors of the `build` room. See `catalogue.ts` for how they are joined. */
export const buildErrors = {} as const;
