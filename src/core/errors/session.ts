/** Errors of the `session` room. See `catalogue.ts` for how they are joined. */
export const sessionErrors = {} as const;
