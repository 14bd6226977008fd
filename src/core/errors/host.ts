/** Errors of the `host` room. See `catalogue.ts` for how they are joined. */
export const hostErrors = {} as const;
