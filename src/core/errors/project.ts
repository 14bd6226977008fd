/** Errors of the `project` room. See `catalogue.ts` for how they are joined. */
export const projectErrors = {} as const;
