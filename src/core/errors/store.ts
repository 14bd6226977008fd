/** Errors of the `store` room. See `catalogue.ts` for how they are joined. */
export const storeErrors = {} as const;
