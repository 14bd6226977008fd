/** Errors of the `stack` room. See `catalogue.ts` for how they are joined. */
export const stackErrors = {} as const;
