/** Errors of the `cli` room. See `catalogue.ts` for how they are joined. */
export const cliErrors = {} as const;
